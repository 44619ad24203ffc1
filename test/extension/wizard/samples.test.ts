import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findImageFolders, readImageFolder, readSamples } from "../../../src/extension/wizard/samples.ts";
import { makeSafetensors } from "../../files/makeSafetensors.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-samples-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const running = { isCancellationRequested: false };

function touch(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), "");
  }
}

test("a folder with a folder of images per class is found, with its classes in label order", async () => {
  touch(
    "data/train/dog/1.JPG",
    "data/train/cat/1.png",
    "data/train/cat/2.png",
    "data/val/cat/1.jpeg",
    "data/val/dog/1.png",
  );
  const found = await findImageFolders(folder, running);
  expect(found).toEqual([
    {
      file: "data/train",
      size: 0,
      classes: 2,
      detail: expect.stringContaining("2 classes"),
      names: ["cat", "dog"],
    },
    {
      file: "data/val",
      size: 0,
      classes: 2,
      detail: expect.stringContaining("2 classes"),
      names: ["cat", "dog"],
    },
  ]);
});

test("a folder that is shown is looked at alike, wherever it lies", async () => {
  touch("deep/a/b/c/d/train/cat/1.png", "deep/a/b/c/d/train/dog/1.png", "plain/1.png");
  expect(await readImageFolder(folder, "deep/a/b/c/d/train")).toMatchObject({
    file: "deep/a/b/c/d/train",
    names: ["cat", "dog"],
  });
  expect(await readImageFolder(folder, "plain")).toBeNull();
  expect(await readImageFolder(path.join(folder, "deep/a/b/c/d"), "train")).toMatchObject({ file: "train" });
});

test("pictures that lie about, and splits without classes, are no data set", async () => {
  touch(
    "media/logo.png",
    "images/train/1.png",
    "images/val/1.png",
    "node_modules/a/b/1.png",
    "node_modules/a/c/1.png",
  );
  expect(await findImageFolders(folder, running)).toEqual([]);
});

test("nothing is looked into once the user has cancelled", async () => {
  touch("train/a/1.png", "train/b/1.png");
  expect(await findImageFolders(folder, { isCancellationRequested: true })).toEqual([]);
});

test("files are samples when they hold images", async () => {
  const images = { dtype: "F32", shape: [3, 4], values: new Array<number>(12).fill(0) };
  const labels = { dtype: "I64", shape: [3], values: [0, 4, 1] };
  writeFileSync(path.join(folder, "train.safetensors"), makeSafetensors({ images, labels }));
  writeFileSync(path.join(folder, "extra.safetensors"), makeSafetensors({ images }));
  writeFileSync(path.join(folder, "model.safetensors"), makeSafetensors({ "fc.weight": images }));
  writeFileSync(path.join(folder, "torn.npz"), "PK");
  expect(await readSamples(folder, "train.safetensors")).toMatchObject({
    classes: 5,
    detail: "3 samples of 5 classes",
  });
  expect(await readSamples(folder, "extra.safetensors")).toMatchObject({ classes: null });
  expect(await readSamples(folder, "model.safetensors")).toBeNull();
  expect(await readSamples(folder, "torn.npz")).toBeNull();
});
