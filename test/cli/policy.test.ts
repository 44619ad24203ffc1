/** The bundle of `selmix policy`, as a training loop runs it. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Random } from "../../src/selmix/random.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeZip } from "../files/makeZip.ts";

const run = promisify(execFile);
const cli = path.resolve("dist/cli.mjs");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-policy-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function save(name: string, arrays: Record<string, Uint8Array>): string {
  const file = path.join(folder, name);
  const members = Object.entries(arrays).map(([array, bytes]) => ({ name: `${array}.npy`, bytes }));
  writeFileSync(file, makeZip(members));
  return file;
}

/** Random features and a random head, as a loop of the user's own saves them. */
function call(classes: number, size: number, rows: number): string[] {
  const random = new Random(1);
  const floats = (...shape: number[]) => {
    const count = shape.reduce((product, length) => product * length, 1);
    const values = Float32Array.from({ length: count }, () => random.uniform() - 0.5);
    return makeNpy("<f4", shape, new Uint8Array(values.buffer));
  };
  const labels = Int32Array.from({ length: rows }, (_, row) => row % classes);
  const steering = save("validation.npz", {
    features: floats(rows, size),
    labels: makeNpy("<i4", [rows], new Uint8Array(labels.buffer)),
  });
  const head = save("head.npz", { "fc.weight": floats(classes, size), "fc.bias": floats(classes) });
  return ["policy", "--json", `--steering=${steering}`, `--head=${head}`];
}

it.each([
  ["in plain arrays", 10, 16, 200],
  ["with tensors, where there is more to compute", 100, 512, 2000],
])("decides a cycle %s", async (_how, classes, size, rows) => {
  const { stdout } = await run(process.execPath, [cli, ...call(classes, size, rows)]);
  const { policy } = JSON.parse(stdout);
  expect(policy).toHaveLength(classes);
  expect(policy.flat().reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(1, 6);
});

it.each([
  ["--nope", 2, /^selmix: .*"selmix policy --help"\.\n$/],
  ["--steering=missing.npz", 1, /^selmix: .*missing\.npz cannot be opened: it does not exist.*\n$/],
])("refuses %s in a sentence", async (word, code, stderr) => {
  const args = [cli, ...call(10, 16, 200), word];
  await expect(run(process.execPath, args)).rejects.toMatchObject({
    code,
    stderr: expect.stringMatching(stderr),
  });
});
