/** The images of bench/paper: CIFAR's binary layout, in files of that layout made from Fashion-MNIST, and the paper's splits. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { python, root } from "./environment.ts";

const fashion = "/usr/share/datasets/fashion-mnist";
const scripts = path.join(root, "bench/paper");
const part = (name: string, header: number) =>
  gunzipSync(readFileSync(path.join(fashion, `${name}-ubyte.gz`))).subarray(header);
let folder = "";
let images: Buffer;
let labels: Buffer;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-paper-"));
  [images, labels] = [part("train-images-idx3", 16), part("train-labels-idx1", 8)];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An image of the training set in the middle of 32 x 32, as it is, inverted, and half as bright. */
function inColours(at: number): Buffer {
  const planes = Buffer.alloc(3 * 32 * 32);
  for (let pixel = 0; pixel < 28 * 28; pixel++) {
    const value = images[at * 28 * 28 + pixel];
    const place = 32 * (2 + Math.floor(pixel / 28)) + 2 + (pixel % 28);
    [value, 255 - value, value >> 1].forEach((level, plane) => {
      planes[plane * 32 * 32 + place] = level;
    });
  }
  return planes;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_unused, at) => from + at);

/** What the reader hands on: images and labels of train, then of test, byte after byte. */
function read(set: string): Buffer {
  const target = path.join(folder, "found");
  const code = `
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import images
found = getattr(images, sys.argv[2])(Path(sys.argv[3]))
assert found.train.shape[1:] == found.test.shape[1:] == (3, 32, 32)
Path(sys.argv[4]).write_bytes(b"".join(part.tobytes() for part in vars(found).values()))`;
  const { status, stderr } = spawnSync(python, ["-c", code, scripts, set, folder, target], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return readFileSync(target);
}

test("CIFAR-10's batches are read in their order, pixel by pixel", () => {
  const file = (name: string, rows: readonly number[]) =>
    writeFileSync(
      path.join(folder, name),
      Buffer.concat(rows.flatMap((at) => [Buffer.of(labels[at]), inColours(at)])),
    );
  for (const batch of [1, 2, 3, 4, 5]) file(`data_batch_${batch}.bin`, numbers(40 * (batch - 1), 40 * batch));
  file("test_batch.bin", numbers(200, 230));
  const expected = [numbers(0, 200), numbers(200, 230)].flatMap((rows) => [
    ...rows.map(inColours),
    Buffer.from(rows.map((at) => labels[at])),
  ]);
  expect(read("cifar10").equals(Buffer.concat(expected))).toBe(true);
});

test("CIFAR-100's class is the fine label, the second of a row", () => {
  const fine = (at: number) => 10 * labels[at] + (at % 10);
  const file = (name: string, rows: readonly number[]) =>
    writeFileSync(
      path.join(folder, name),
      Buffer.concat(rows.flatMap((at) => [Buffer.of(19 - (at % 20), fine(at)), inColours(at)])),
    );
  file("train.bin", numbers(0, 150));
  file("test.bin", numbers(150, 200));
  const expected = [numbers(0, 150), numbers(150, 200)].flatMap((rows) => [
    ...rows.map(inColours),
    Buffer.from(rows.map(fine)),
  ]);
  expect(read("cifar100").equals(Buffer.concat(expected))).toBe(true);
});

test("files that are missing, cut short, or of the other set are refused in a sentence", () => {
  const train = path.join(folder, "train.bin");
  const whole = readFileSync(train);
  writeFileSync(train, whole.subarray(0, whole.length - 1));
  expect(() => read("cifar100")).toThrow(/train\.bin has \d+ bytes, which are no rows of 3074/);
  rmSync(train);
  expect(() => read("cifar100")).toThrow(/train\.bin is missing/);
  const rows = numbers(0, 3073).map((at) => Buffer.concat([Buffer.of(at % 20, 55), inColours(at % 50)]));
  writeFileSync(path.join(folder, "data_batch_3.bin"), Buffer.concat(rows));
  expect(() => read("cifar10")).toThrow(/data_batch_3\.bin has the label \d+ where there are 10 classes/);
});

test.each([100, 1, 0.01])("splits share no row, and unlabelled ones are %d times as uneven", (imbalance) => {
  const code = `
import json, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from splits import Plan, split_rows
labels = np.frombuffer(sys.stdin.buffer.read(), np.uint8)
splits = [split_rows(labels, Plan(1500, 3000, 500, 100), float(sys.argv[2]), seed) for seed in (0, 1)]
print(json.dumps([{name: rows.tolist() for name, rows in vars(split).items()} for split in splits]))`;
  const found = execFileSync(python, ["-c", code, scripts, String(imbalance)], {
    input: labels,
    maxBuffer: 2 ** 26,
    encoding: "utf8",
  });
  const splits: Record<"labelled" | "unlabelled" | "validation", number[]>[] = JSON.parse(found);
  const counts = (rows: readonly number[]) =>
    numbers(0, 10).map((k) => rows.filter((row) => labels[row] === k).length);
  const falling = (largest: number, ratio: number) =>
    numbers(0, 10).map((k) => Math.round(largest * ratio ** (-k / 9)));
  for (const { labelled, unlabelled, validation } of splits) {
    const all = [...labelled, ...unlabelled, ...validation];
    expect(new Set(all).size).toBe(all.length);
    expect(counts(validation)).toEqual(Array(10).fill(500));
    expect(counts(labelled)).toEqual(falling(1500, 100));
    const most = falling(3000, imbalance < 1 ? 1 / imbalance : imbalance);
    expect(counts(unlabelled)).toEqual(imbalance < 1 ? most.reverse() : most);
  }
  expect(splits[0].validation).toEqual(splits[1].validation);
  expect(splits[0].labelled).not.toEqual(splits[1].labelled);
});
