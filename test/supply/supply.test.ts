/** What ships is known, licensed, and the very bytes that were looked at. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { released } from "../../scripts/releasedChangelog.ts";
import { knownFaults } from "../../scripts/supply/audit.ts";
import { bundledPackages, mergeMetafiles } from "../../scripts/supply/bundled.ts";
import { layNativeLibrary, withPackages } from "../../scripts/supply/nativeLibrary.ts";
import { thirdPartyNotices } from "../../scripts/supply/notices.ts";
import { chooseBackend } from "../../src/engine/backends/index.ts";
import { nativePackages } from "../../src/engine/backends/packages.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-supply-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("lock files", () => {
  const entry = z.looseObject({ version: z.string().optional(), integrity: z.string().optional() });
  const lockSchema = z.object({ packages: z.record(z.string(), entry) });
  const entriesOf = (file: string) =>
    Object.entries(lockSchema.parse(JSON.parse(readFileSync(file, "utf8"))).packages).filter(
      ([place]) => place !== "",
    );
  const locks = ["package-lock.json", "site/package-lock.json", "test/vscode/server/package-lock.json"];

  it.each([...locks, ...globSync("src/engine/backends/locks/*.json")])(
    "%s has a hash for every package, and no address",
    (file) => {
      const entries = entriesOf(file);
      expect(entries.length).toBeGreaterThan(0);
      expect(entries.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).toEqual(
        [],
      );
      expect(entries.filter((one) => "resolved" in one[1])).toEqual([]);
    },
  );

  it.each(Object.entries(nativePackages))("of %s is of the version that is installed", (backend, one) => {
    const entries = new Map(entriesOf(`src/engine/backends/locks/${backend}.json`));
    expect(entries.get(`node_modules/${one.name}`)?.version).toBe(one.version);
  });
});

describe("bundled packages", () => {
  const put = (name: string, manifest: object, files: Record<string, string> = {}) => {
    const home = path.join(folder, "node_modules", name);
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, "package.json"), JSON.stringify({ name, version: "1.2.3", ...manifest }));
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(home, file), text);
  };
  put("whole", { license: "ISC" }, { "LICENSE.md": "its own words", NOTICE: "and a notice" });
  put("@some/silent", { license: "Apache-2.0 AND MIT", author: "Ada <a@b.c>" });
  put("shaken-out", { license: "MIT" });
  put("odd", { license: "SEE THE WEB" });
  const input = (...files: [file: string, bytesInOutput: number][]) => ({
    inputs: {},
    outputs: {
      [files.join()]: {
        ...{ bytes: 1, imports: [], exports: [] },
        inputs: Object.fromEntries(files.map(([file, bytesInOutput]) => [file, { bytesInOutput }])),
      },
    },
  });
  const packagesOf = (...builds: ReturnType<typeof input>[]) => {
    const file = path.join(folder, "metafile.json");
    writeFileSync(file, JSON.stringify(mergeMetafiles(builds.map((metafile) => ({ metafile })))));
    return bundledPackages(file, folder);
  };
  const two = () =>
    packagesOf(
      input(["src/a.ts", 5], ["node_modules/whole/lib/index.js", 9], ["node_modules/shaken-out/index.js", 0]),
      input(["node_modules/whole/lib/index.js", 1], ["node_modules/@some/silent/x/y.js", 3]),
    );

  it("are those of which some bytes are in a bundle", () => {
    expect(two().map(({ name, version }) => `${name}@${version}`)).toEqual([
      "@some/silent@1.2.3",
      "whole@1.2.3",
    ]);
  });

  it("have their licences in the notices: their own words, or else those of the licence they name", () => {
    const notices = thirdPartyNotices(two());
    expect(notices).toContain("whole 1.2.3 (ISC)\n\nits own words\n\nand a notice");
    expect(notices).toMatch(/@some\/silent 1\.2\.3 [\s\S]*Apache License[\s\S]*Copyright \(c\) Ada\n/);
    expect(() => thirdPartyNotices(packagesOf(input(["node_modules/odd/index.js", 1])))).toThrow();
  });

  it("are the ones whose known faults count, each told once", () => {
    const fault = { title: "a fault", url: "https://example.org/1", severity: "high" };
    const of = (name: string, via: (string | object)[]) => ({ name, via, nodes: [`node_modules/${name}`] });
    const report = {
      vulnerabilities: {
        whole: of("whole", [{ ...fault, source: 1 }]),
        "shaken-out": of("shaken-out", [fault]),
        "@some/silent": of("@some/silent", ["whole"]),
      },
    };
    expect(knownFaults(JSON.stringify(report), two(), folder)).toEqual([
      "whole 1.2.3: a fault (high, https://example.org/1)",
    ]);
    expect(knownFaults('{"vulnerabilities": {}}', two(), folder)).toEqual([]);
    for (const none of ["", '{"message": "405 Method Not Allowed"}'])
      expect(knownFaults(none, two(), folder)).toBeNull();
  });
});

describe("the library of a platform's own VSIX", () => {
  it("is what runs of onnxruntime, for this platform alone, and works from there", async () => {
    const dist = path.join(folder, "dist");
    const packages = layNativeLibrary(`${process.platform}-${process.arch}`, dist);
    expect(packages.map(({ name, license }) => [name, license])).toEqual([
      ["onnxruntime-node", "MIT"],
      ["onnxruntime-common", "MIT"],
    ]);
    const files = globSync("**/*", { cwd: dist });
    expect(files.filter((file) => /\.map$|\.d\.ts$|\/script\//.test(file))).toEqual([]);
    expect(files.filter((file) => file.endsWith(".node"))).toHaveLength(1);
    const { record } = await chooseBackend({
      forced: "native",
      storage: folder,
      packagePath: path.join(dist, "node_modules/onnxruntime-node"),
    });
    expect(record.name).toBe("native");
  });

  it("is in the bill of materials", () => {
    const packages = [{ name: "whole", version: "1.2.3", license: "MIT", author: "Ada", folder }];
    const bill = withPackages(
      JSON.stringify({ bomFormat: "CycloneDX", components: [{ name: "zod" }] }),
      packages,
    );
    expect(JSON.parse(bill)).toMatchObject({
      bomFormat: "CycloneDX",
      components: [{ name: "zod" }, { name: "whole", version: "1.2.3", purl: "pkg:npm/whole@1.2.3" }],
    });
  });
});

it("the build says what it bundled", () => {
  expect(bundledPackages().map(({ name }) => name)).toEqual(
    expect.arrayContaining(["zod", "@tensorflow/tfjs-core"]),
  );
});

describe("the changelog of a release", () => {
  const date = new Date("2030-01-02T23:00:00Z");
  const before = "# Changelog\n\n## Unreleased\n\n- new\n\n## 0.1.0 (2029-01-01)\n\n- old\n\n## 0.0.9\n";

  it("has what was unreleased as its version, and room for what comes next", () => {
    const after =
      "# Changelog\n\n## Unreleased\n\n## 0.2.0 (2030-01-02)\n\n- new\n\n## 0.1.0 (2029-01-01)\n\n- old\n\n## 0.0.9\n";
    expect(released(before, "0.2.0", date)).toBe(after);
    expect(() => released(after, "0.3.0", date)).toThrow(/Nothing stands under "## Unreleased"/);
  });

  it.each([
    ["v0.2.0", /"v0\.2\.0" is no version/],
    ["", /is no version/],
    ["0.1.0", /Version 0\.1\.0 is in the changelog already/],
    ["0.0.9", /Version 0\.0\.9 is in the changelog already/],
  ])("is none for %j", (version, message) => {
    expect(() => released(before, version, date)).toThrow(message);
  });
});
