/** onnxruntime for one platform, laid beside the bundles of a platform's own VSIX, where `native` looks for it first. */
import { cpSync, readdirSync } from "node:fs";
import path from "node:path";
import { type BundledPackage, manifestIn } from "./bundled.ts";

const modules = path.resolve(import.meta.dirname, "../../node_modules");
const binaries = path.join(modules, "onnxruntime-node/bin/napi-v6");

/** Platforms that onnxruntime-node carries a library for, as VS Code calls them. */
export function nativeTargets(): string[] {
  return readdirSync(binaries).flatMap((system) =>
    readdirSync(path.join(binaries, system)).map((processor) => `${system}-${processor}`),
  );
}

/** Copies what runs, without types and install scripts, into `dist/node_modules`. Returns the packages. */
export function layNativeLibrary(target: string, dist: string): BundledPackage[] {
  const binary = path.join(binaries, ...target.split("-"));
  const isNeeded = (file: string) => !/\.(map|d\.ts)$/.test(file);
  const copy = (part: string) =>
    cpSync(path.join(modules, part), path.join(dist, "node_modules", part), {
      recursive: true,
      filter: isNeeded,
    });
  for (const part of ["package.json", "dist", path.relative(path.join(modules, "onnxruntime-node"), binary)])
    copy(path.join("onnxruntime-node", part));
  for (const part of ["package.json", "dist/cjs"]) copy(path.join("onnxruntime-common", part));
  return ["onnxruntime-node", "onnxruntime-common"].map((name) => manifestIn(path.join(modules, name)));
}

/** A bill of materials with these packages as well. */
export function withPackages(bill: string, packages: readonly BundledPackage[]): string {
  const read: { components?: object[] } = JSON.parse(bill);
  const components = packages.map(({ name, version, license }) => ({
    type: "library",
    "bom-ref": `pkg:npm/${name}@${version}`,
    name,
    version,
    licenses: [{ license: { id: license } }],
    purl: `pkg:npm/${name}@${version}`,
  }));
  return `${JSON.stringify({ ...read, components: [...(read.components ?? []), ...components] }, null, 2)}\n`;
}
