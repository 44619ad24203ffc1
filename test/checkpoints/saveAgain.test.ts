/** A checkpoint that is saved again and again while it is read is read whole or not at all. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CheckpointError } from "../../src/checkpoints/checkpoint.ts";
import { isCompleteCheckpoint, openCheckpoint } from "../../src/checkpoints/formats.ts";
import { FileError } from "../../src/files/ranges.ts";

const wantedSaves = 15;

let folder = "";
let writer: ChildProcess | null = null;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-save-"));
});
afterEach(() => writer?.kill());
afterAll(() => rm(folder, { recursive: true }));

test.each(["epoch.pt", "epoch.safetensors"])("%s is never a mixture of two saves", async (name) => {
  const file = path.join(folder, name);
  const copy = path.join(folder, `copy-${name}`);
  writer = spawn(process.execPath, [path.join(import.meta.dirname, "saveAgain.ts"), file], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const seen = new Set<number>();
  // Met half-way through a save: found incomplete, or refused while it is read.
  let halfWay = 0;
  while (seen.size < wantedSaves || halfWay === 0) {
    expect(writer.exitCode).toBeNull();
    try {
      if (!(await isCompleteCheckpoint(file))) {
        halfWay += 1;
        continue;
      }
      const numbers = await readAll(file, copy);
      expect([...numbers]).toHaveLength(1);
      for (const save of numbers) seen.add(save);
    } catch (error) {
      if (!(error instanceof CheckpointError || error instanceof FileError)) throw error;
      halfWay += 1;
    }
  }
});

/** The different numbers in a checkpoint, and in a copy of it when its bias is replaced by ones like it. */
async function readAll(file: string, copy: string): Promise<Set<number>> {
  const checkpoint = await openCheckpoint(file);
  try {
    const weight = await checkpoint.read("fc.weight");
    const bias = await checkpoint.read("fc.bias");
    await checkpoint.writeCopy(copy, [{ name: "fc.bias", values: bias }]);
    const copied = await openCheckpoint(copy);
    const again = await copied.read("fc.weight");
    await copied.close();
    return new Set([...weight, ...bias, ...again]);
  } finally {
    await checkpoint.close();
  }
}
