/** The quick starts in docs/, word for word: their files are written, their commands are run. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Random } from "../../src/selmix/random.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeZip } from "../files/makeZip.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-quick-start-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Block {
  readonly mark: string;
  readonly code: string;
}

/** Blocks of code with a comment above that says what they are for. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(path.resolve("docs", page), "utf8");
  return [...text.matchAll(/<!-- (.*?) -->\n```\w+\n(.*?)```/gs)].map(([, mark = "", code = ""]) => ({
    mark,
    code,
  }));
}

const write = (file: string, content: string | Uint8Array) => writeFileSync(path.join(folder, file), content);

/** Runs the commands of a page as they stand there, "selmix" being the built command line. */
function runCommands(blocks: readonly Block[]): string[] {
  const commands = blocks.filter(({ mark }) => mark === "run").flatMap(({ code }) => code.trim().split("\n"));
  return commands.map((command) => {
    const [program, ...words] = command.split(" ");
    expect(program).toBe("selmix");
    const cli = path.resolve("dist/cli.mjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
      cwd: folder,
      encoding: "utf8",
    });
    expect([0, 3], `${command}: ${stderr}`).toContain(status);
    return stdout;
  });
}

const classes = ["nv", "mel", "bcc"];
/** Samples of three classes, the later the rarer. */
function samples(count: number, seed: number): { label: string; numbers: number[] }[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const draw = random.uniform();
    const k = draw < 0.7 ? 0 : draw < 0.9 ? 1 : 2;
    return {
      label: classes[k] ?? "",
      numbers: classes.map((_, d) => (d === k ? 1 : 0) + 1.6 * random.uniform()),
    };
  });
}

const sets = { train: samples(1500, 1), validation: samples(1200, 2), test: samples(2000, 3) };

it("CSV", () => {
  const blocks = blocksOf("tables.md");
  const { code: settings = "" } = blocks.find(({ mark }) => mark === "file: selmix.json") ?? {};
  const { code: shown = "" } = blocks.find(({ mark }) => mark === "file: train.csv") ?? {};
  const [header = "", ...lines] = shown.trim().split("\n");
  write("selmix.json", settings);
  for (const [set, all] of Object.entries(sets)) {
    const own = all.map(({ label, numbers }, i) =>
      [...numbers, label, ["female", "male"][i % 2], ["young", "old"][(i >> 1) % 2]].join(),
    );
    write(`${set}.csv`, [header, ...(set === "train" ? lines : []), ...own].join("\n"));
  }
  const floats = (values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  write(
    "model.npz",
    makeZip([
      { name: "weight.npy", bytes: makeNpy("<f4", [3, 3], floats([4, 0, 0, 0, 4, 0, 0, 0, 4])) },
      { name: "bias.npy", bytes: makeNpy("<f4", [3], floats([2.5, 0, -2])) },
    ]),
  );
  const [evaluated, tuned] = runCommands(blocks);
  for (const name of classes) expect(evaluated).toContain(name);
  expect(evaluated).toContain("male, old");
  expect(tuned).toMatch(/^Use /);
  expect(existsSync(path.join(folder, "tuned/model.selmix.npz"))).toBe(true);
}, 120_000);

it("scores", () => {
  const blocks = blocksOf("scores.md");
  const { code: settings = "" } = blocks.find(({ mark }) => mark === "file: selmix.json") ?? {};
  write("selmix.json", settings);
  // As the page's script writes them: columns in the order of the sorted classes.
  const sorted = classes.toSorted();
  for (const [set, all] of Object.entries(sets)) {
    const own = all.map(({ label, numbers }) => {
      const powers = sorted.map((name) =>
        Math.exp(3 * (numbers[classes.indexOf(name)] ?? 0) + (name === "nv" ? 3 : 0)),
      );
      const sum = powers.reduce((total, power) => total + power, 0);
      return [...powers.map((power) => power / sum), label].join();
    });
    write(`${set}.csv`, [`${sorted.map((name) => `p_${name}`).join()},label`, ...own].join("\n"));
  }
  const [evaluated, tuned] = runCommands(blocks);
  for (const name of classes) expect(evaluated).toContain(name);
  expect(tuned).toMatch(/^Use /);
  for (const file of ["correction.json", "correction.onnx"])
    expect(existsSync(path.join(folder, "tuned", file))).toBe(true);
}, 120_000);
