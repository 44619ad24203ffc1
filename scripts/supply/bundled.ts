/** The packages whose code the bundles in dist/ hold, as esbuild says: those are what ships, whatever package.json calls them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Metafile } from "esbuild";
import * as z from "zod";

const root = path.resolve(import.meta.dirname, "../..");

/** Written by the build: one metafile for all bundles. */
export const metafilePath = path.join(root, ".cache/metafile.json");

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  /** Where it lies, absolute. */
  readonly folder: string;
  /** Who wrote it, or "" where its manifest names nobody. */
  readonly author: string;
}

const metafileSchema = z.object({
  outputs: z.record(
    z.string(),
    z.object({ inputs: z.record(z.string(), z.object({ bytesInOutput: z.number() })) }),
  ),
});
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: z
    .union([z.string(), z.object({ name: z.string() })])
    .default("")
    .transform((author) => (typeof author === "string" ? author.replace(/ *[<(].*/, "") : author.name)),
});

/** Inputs and outputs of several builds in one, as if they had been one build. */
export function mergeMetafiles(builds: readonly { readonly metafile?: Metafile }[]): Metafile {
  const all = builds.flatMap(({ metafile }) => metafile ?? []);
  return {
    inputs: Object.assign({}, ...all.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...all.map(({ outputs }) => outputs)),
  };
}

/** Sorted by name and version. Throws where nothing was built yet, or a package does not say its licence. */
export function bundledPackages(file = metafilePath, base = root): BundledPackage[] {
  const { outputs } = metafileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = new Set(
    inputs.flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? packageFolder(input) : [])),
  );
  return [...folders]
    .map((folder) => manifestIn(path.join(base, folder)))
    .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** `node_modules/a/node_modules/@b/c/x.js` -> `node_modules/a/node_modules/@b/c`; nothing for a file of ours. */
function packageFolder(input: string): string[] {
  const match = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
  return match ? [match[0]] : [];
}

/** What a package says of itself. */
export function manifestIn(folder: string): BundledPackage {
  return {
    ...manifestSchema.parse(JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"))),
    folder,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
