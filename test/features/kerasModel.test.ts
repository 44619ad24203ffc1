/** Networks of Keras 3 run as in Keras, and what cannot be is said in a sentence. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { openTfjsBackbone } from "../../src/features/extraction/tfjsBackbone.ts";
import { openTfjsNetwork } from "../../src/features/extraction/tfjsNetwork.ts";
import { openSource, readLong } from "../../src/files/ranges.ts";
import { openMember, openZip } from "../../src/files/zip.ts";
import { type Entry, makeZip } from "../files/makeZip.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures/kerasNetworks");
const numbers = z.array(z.number());
const expectedSchema = z.record(
  z.string(),
  z.object({ inputs: numbers, features: numbers, outputs: numbers }),
);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-keras-"));
  await tf.setBackend("cpu");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each([
  ["images.keras", "layers/dense_1/vars/0"],
  ["branches.keras", "layers/dense_2/vars/0"],
])("%s", (name, headWeight) => {
  const model = path.join(fixtures, name);

  it("gives the features and outputs that Keras computes", async () => {
    const text = await readFile(path.join(fixtures, "expected.json"), "utf8");
    const { inputs = [], features, outputs } = expectedSchema.parse(JSON.parse(text))[name] ?? {};
    const network = await openTfjsNetwork({ model, kind: "keras", layer: null, headWeight });
    const given = await network.run(Float32Array.from(inputs), 3, [8, 8, 1]);
    await network.close();
    expectClose(given.features, features);
    expectClose(given.outputs, outputs);
  });

  it("leaves nothing on the device", async () => {
    const before = tf.memory().numTensors;
    const network = await openTfjsNetwork({ model, kind: "keras", layer: "features", headWeight: null });
    await network.close();
    expect(tf.memory().numTensors).toBe(before);
  });
});

function expectClose(values: Float32Array | null, expected: readonly number[] = []): void {
  expect(values?.length).toBe(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs((values?.[i] ?? 0) - value)).toBeLessThan(1e-5);
}

it("names the tensor of each weight below the head", async () => {
  const model = path.join(fixtures, "images.keras");
  const backbone = await openTfjsBackbone({
    model,
    kind: "keras",
    layer: null,
    headWeight: "layers/dense_1/vars/0",
  });
  expect(backbone.names).toEqual([
    "layers/conv2d/vars/0",
    ...["layers/batch_normalization/vars/0", "layers/batch_normalization/vars/1"],
    ...["depthwise_conv2d", "batch_normalization"].flatMap((layer) =>
      [0, 1].map((at) => `layers/sequential/layers/${layer}/vars/${at}`),
    ),
    ...["layers/conv2d_1/vars/0", "layers/conv2d_1/vars/1", "layers/dense/vars/0", "layers/dense/vars/1"],
  ]);
  backbone.close();
});

it("leaves layers as they are that the model keeps from training", async () => {
  const config = (await members()).config
    .toString()
    .replace('"name": "stem", "trainable": true', '"name": "stem", "trainable": false')
    .replace(/"name": "block", .*?"name": "add"/s, (block) =>
      block.replaceAll('"trainable": true', '"trainable": false'),
    );
  const model = await changed([{ name: "config.json", bytes: Buffer.from(config) }]);
  const backbone = await openTfjsBackbone({ model, kind: "keras", layer: "features", headWeight: null });
  expect(backbone.names.filter((name) => /sequential|conv2d\/|dense_1/.test(name ?? ""))).toEqual([]);
  expect(backbone.names).toContain("layers/conv2d_1/vars/0");
  backbone.close();
});

describe("a .keras file is refused in one sentence", () => {
  type Change = (config: string) => string;
  const settled =
    (from: string, to: string): Change =>
    (config) => {
      expect(config).toContain(from);
      return config.replace(from, to);
    };

  it.each<[what: string, change: Change, sentence: RegExp]>([
    [
      "with a layer of the user's own",
      settled('"keras.layers", "class_name": "Dropout"', '"mine", "class_name": "Dropout"'),
      /layer dropout, which cannot be run here because it is of the class Dropout; make the features by/,
    ],
    [
      "with a layer that runs code",
      settled('"class_name": "LeakyReLU"', '"class_name": "Lambda"'),
      /leaky_re_lu, .*Lambda/,
    ],
    [
      "with a class called as objects' own properties are",
      settled('"class_name": "ReLU"', '"class_name": "constructor"'),
      /class constructor/,
    ],
    [
      "with a setting that TF.js leaves out",
      settled('"threshold": 0.0', '"threshold": 0.5'),
      /threshold 0.5/,
    ],
    [
      "with an activation that TF.js computes otherwise",
      settled('"activation": "gelu"', '"activation": "hard_sigmoid"'),
      /conv2d, which .*activation "hard_sigmoid"/,
    ],
    [
      "with a constant in a call",
      settled('"kwargs": {}', '"kwargs": {"y": 2}'),
      /takes more than the outputs of other layers/,
    ],
    [
      "of a class of the user's own",
      settled('"class_name": "Functional"', '"class_name": "Mine"'),
      /is a model of a class of its own/,
    ],
    [
      "without the arrays of a layer",
      settled('"class_name": "Dropout"', '"class_name": "BatchNormalization"'),
      /arrays of shapes none for the layer dropout, which takes \[24\], \[24\], \[24\], \[24\]/,
    ],
    [
      "with arrays of other shapes",
      settled('"units": 5', '"units": 4'),
      /arrays of shapes \[24, 5\], \[5\] for the layer features, which takes \[24, 4\], \[4\]/,
    ],
    ["that is torn", (config) => config.slice(0, -9), /config\.json cannot be read as JSON/],
  ])("%s", async (_what, change, sentence) => {
    const config = Buffer.from(change((await members()).config.toString()));
    await expect(load([{ name: "config.json", bytes: config }])).rejects.toThrow(sentence);
  });

  it("with a description of hundreds of megabytes, or none", async () => {
    const huge = { name: "config.json", bytes: Buffer.alloc(101 * 1024 ** 2), deflate: true };
    await expect(load([huge])).rejects.toThrow(/over the limit of 100 MB/);
    await expect(load([])).rejects.toThrow(/lacks config\.json or model\.weights\.h5/);
  });
});

/** What the fixture holds. */
async function members() {
  const source = await openSource(path.join(fixtures, "images.keras"));
  const archive = await openZip(source);
  const read = async (name: string) => {
    const member = archive.members.get(name);
    if (!member) throw new Error(`no ${name}`);
    const opened = await openMember(archive, member);
    return Buffer.from(await readLong(opened, 0, opened.size));
  };
  const both = { config: await read("config.json"), weights: await read("model.weights.h5") };
  await source.close();
  return both;
}

/** A copy of the fixture with other entries than its config.json. */
async function changed(entries: readonly Entry[]): Promise<string> {
  const { weights } = await members();
  const model = path.join(folder, "changed.keras");
  await writeFile(model, makeZip([...entries, { name: "model.weights.h5", bytes: weights }]));
  return model;
}

async function load(entries: readonly Entry[]) {
  return openTfjsNetwork({
    kind: "keras",
    model: await changed(entries),
    layer: "features",
    headWeight: null,
  });
}
