import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fitSamples } from "../../src/features/extraction/fit.ts";
import { openImageFolder } from "../../src/features/extraction/imageFolder.ts";
import { compareLogits } from "../../src/features/extraction/logits.ts";
import { extractByNetwork, type NetworkExtraction } from "../../src/features/extraction/network.ts";
import { openOnnxNetwork } from "../../src/features/extraction/onnxNetwork.ts";
import { openSamples } from "../../src/features/extraction/openSamples.ts";
import { networkSettings } from "../../src/features/extraction/settings.ts";
import { openTfjsNetwork } from "../../src/features/extraction/tfjsNetwork.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import type { Head } from "../../src/selmix/problem.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-network-"));
  await tf.setBackend("cpu");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const data = { train: "train", validation: "validation" };
const settingsWith = (more: object = {}) => networkSettings.parse({ data, ...more });

async function sampleFile(name: string, shape: readonly number[], values: readonly number[], dtype = "F32") {
  const file = path.join(folder, name);
  const labels = Array.from({ length: shape[0] ?? 0 }, (_, i) => i % 3);
  await writeFile(
    file,
    makeSafetensors({
      images: { dtype, shape, values },
      labels: { dtype: "I64", shape: [labels.length], values: labels },
    }),
  );
  return file;
}

const seven = Array.from({ length: 28 }, (_, i) => Math.sin(i));

async function requestFor(open: NetworkExtraction["open"], head: Head | null): Promise<NetworkExtraction> {
  const place = await mkdtemp(path.join(folder, "run-"));
  return {
    settings: settingsWith({ batchSize: 3 }),
    open,
    madeFrom: ["hash"],
    tables: [
      {
        samples: await sampleFile("seven", [7, 4], seven),
        table: path.join(place, "features", "train.safetensors"),
      },
    ],
    classes: null,
    head,
    body: async () => "ab".repeat(32),
    stamp: path.join(place, "stamp.json"),
  };
}

const torchscript = path.join(fixtures, "onnx", "torchscript.onnx");

describe("a network", () => {
  it.each([
    [
      "ONNX",
      () => openOnnxNetwork({ model: torchscript, layer: null, output: null, packages: [] }),
      3,
      [2, 4, 6, 7],
    ],
    [
      "TF.js",
      () =>
        openTfjsNetwork({
          kind: "tfjs",
          model: path.join(fixtures, "tfjs/keras3/model.json"),
          layer: null,
          headWeight: "sequential/fc/kernel",
        }),
      6,
      [3, 6, 7],
    ],
    [
      "TF.js with several parts",
      () =>
        openTfjsNetwork({
          kind: "tfjs",
          model: path.join(fixtures, "tfjs/sequential/model.json"),
          layer: null,
          headWeight: null,
        }),
      3,
      [3, 6, 7],
    ],
  ] as const)("of %s makes a table, batch after batch, once", async (_, open, size, steps) => {
    const progress: number[] = [];
    const request = {
      ...(await requestFor(open, null)),
      onProgress: ({ step }: { step: number }) => progress.push(step),
    };
    expect(await extractByNetwork(request)).toBe(true);
    const table = await openFeatureTable(request.tables[0]?.table ?? "");
    expect([table.rows.count, table.rows.size]).toEqual([7, size]);
    expect([table.bodyHash, table.unused]).toEqual(["ab".repeat(32), []]);
    expect([...(table.labels?.codes ?? [])]).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(progress).toEqual(steps);
    expect(await extractByNetwork(request)).toBe(false);
    expect(await extractByNetwork({ ...request, madeFrom: ["other"] })).toBe(true);
  });

  it("gives the values inside an ONNX graph that the head sees, and says when the head disagrees", async () => {
    const { openCheckpoint } = await import("../../src/checkpoints/formats.ts");
    const { findHead } = await import("../../src/checkpoints/findHead.ts");
    const { readHead } = await import("../../src/checkpoints/head.ts");
    const checkpoint = await openCheckpoint(torchscript);
    const layer = checkpoint.linearLayers?.find((one) => one.isOutput);
    const location = findHead(checkpoint, { featureSize: 6, minimumClasses: 3 });
    const head = await readHead(checkpoint, location);
    const openAt = (value: string | undefined) => () =>
      openOnnxNetwork({ model: torchscript, layer: value ?? "", output: layer?.output ?? "", packages: [] });
    expect(await extractByNetwork(await requestFor(openAt(layer?.input), head))).toBe(true);
    const body = checkpoint.linearLayers?.[0];
    await checkpoint.close();
    const tooEarly = await requestFor(openAt(body?.output), head);
    await expect(extractByNetwork(tooEarly)).rejects.toThrow(/ReLU|another layer/);
    await expect(openFeatureTable(tooEarly.tables[0]?.table ?? "")).rejects.toThrow(/does not exist/);
    const wrong = { ...head, weight: head.weight.map((value) => value + 1) };
    await expect(extractByNetwork(await requestFor(openAt(layer?.input), wrong))).rejects.toThrow(/another/);
    await expect(extractByNetwork(await requestFor(openAt("nothing"), head))).rejects.toThrow(/onnx/);
  });

  it("is stopped between batches, and leaves nothing", async () => {
    const controller = new AbortController();
    const open = () => openOnnxNetwork({ model: torchscript, layer: null, output: null, packages: [] });
    const request = {
      ...(await requestFor(open, null)),
      signal: controller.signal,
      onProgress: () => controller.abort(),
    };
    await expect(extractByNetwork(request)).rejects.toThrow(/abort/i);
    await expect(readFile(request.tables[0]?.table ?? "")).rejects.toThrow();
  });

  it("refuses samples that it does not take", async () => {
    const open = () => openOnnxNetwork({ model: torchscript, layer: null, output: null, packages: [] });
    const request = await requestFor(open, null);
    const samples = await sampleFile("five", [2, 5], seven.slice(0, 10));
    const tables = request.tables.map((one) => ({ ...one, samples }));
    await expect(extractByNetwork({ ...request, tables })).rejects.toThrow(/\[5\].*takes \[4\]/);
    await expect(
      openOnnxNetwork({ model: samples, layer: null, output: null, packages: [] }),
    ).rejects.toThrow(/loaded/);
  });
});

describe("samples", () => {
  it("are scaled, normalised and turned into the network's order of channels", async () => {
    const file = await sampleFile("bytes", [1, 2, 1, 3], [0, 51, 102, 153, 204, 255], "U8");
    const samples = await openSamples(file, { size: null, classes: null });
    const settings = settingsWith({ mean: [0.5, 0, 0], std: [0.5, 1, 2] });
    const fit = fitSamples(samples, { shape: [3, 2, 1], channels: "first" }, settings);
    expect(fit.shape).toEqual([3, 2, 1]);
    const expected = [-1, 0.2, 0.2, 0.8, 0.2, 0.5];
    for (const [i, value] of fit.apply(await samples.read(0, 1), 1).entries())
      expect(value).toBeCloseTo(expected[i] ?? 0, 5);
    const grey = fitSamples(samples, { shape: [2, 1, 1], channels: "last" }, settingsWith());
    expect(grey.apply(await samples.read(0, 1), 1)[0]).toBeCloseTo((0.587 * 51 + 0.114 * 102) / 255, 5);
    await samples.close();
  });

  it("are images in a folder for each class, resized", async () => {
    const place = path.join(folder, "pictures");
    const png = new PNG({ width: 4, height: 2 });
    for (let i = 0; i < 8; i += 1) png.data.set([i % 4 < 2 ? 0 : 200, 50, 100, 255], i * 4);
    const jpg = jpeg.encode({ width: 8, height: 8, data: Buffer.alloc(256, 128) }, 95).data;
    await mkdir(path.join(place, "cat"), { recursive: true });
    await mkdir(path.join(place, "dog"));
    await writeFile(path.join(place, "cat", "a.PNG"), PNG.sync.write(png));
    await writeFile(path.join(place, "dog", "b.jpg"), jpg);
    await writeFile(path.join(place, "dog", "notes.txt"), "no image");
    const samples = await openImageFolder(place, { size: [1, 2], classes: null });
    expect(samples.count).toBe(2);
    expect([...(samples.labels ?? [])]).toEqual([0, 1]);
    const [left = 0, green, , right = 0] = await samples.read(0, 1);
    expect([green, left < 60, right > 140]).toEqual([50, true, true]);
    for (const value of await samples.read(1, 1)) expect(Math.abs(value - 128)).toBeLessThan(3);
    const named = await openImageFolder(place, { size: [1, 2], classes: ["dog", "bird", "cat"] });
    expect([...(named.labels ?? [])]).toEqual([0, 2]);
    await expect(openImageFolder(place, { size: [1, 2], classes: ["cat", "cow"] })).rejects.toThrow(
      /folder dog/,
    );
    await expect(openImageFolder(place, { size: null, classes: null })).rejects.toThrow(/network\.size/);
    await writeFile(path.join(place, "dog", "a.jpg"), "nonsense");
    const broken = await openImageFolder(place, { size: [1, 2], classes: null });
    await expect(broken.read(1, 1)).rejects.toThrow(/a\.jpg cannot be decoded/);
  });
});

describe("comparing a head with its network", () => {
  const head: Head = {
    classes: 2,
    size: 2,
    weight: Float32Array.of(1, 0, 0, 1),
    bias: Float32Array.of(0.5, 0),
  };
  const softmax = (values: number[]) => {
    const powers = values.map(Math.exp);
    return powers.map((value) => value / powers.reduce((a, b) => a + b, 0));
  };

  it("takes logits, probabilities and their logarithms", () => {
    const features = Float32Array.of(1, -2);
    for (const outputs of [[1.5, -2], softmax([1.5, -2]), softmax([1.5, -2]).map(Math.log)]) {
      expect(compareLogits(head, features, Float32Array.from(outputs))).toBeNull();
    }
  });

  it("says what was likely wrong", () => {
    const features = Float32Array.of(1, -2);
    expect(compareLogits(head, features, Float32Array.of(1.5, 0))).toMatch(/ReLU/);
    expect(compareLogits(head, features, Float32Array.of(1, -2))).toMatch(/bias/);
    expect(compareLogits(head, features, Float32Array.of(7, 8))).toMatch(/another layer/);
    expect(compareLogits(head, Float32Array.of(1, 2, 3), Float32Array.of(7, 8))).toMatch(/takes 2 numbers/);
  });
});
