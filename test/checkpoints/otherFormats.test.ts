/** What is not read is named for what it is, with the way out; and the head is guessed before there are features. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LinearLayer } from "../../src/checkpoints/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { guessHead } from "../../src/checkpoints/guessHead.ts";
import { otherOutput } from "../../src/checkpoints/onnx/otherOutput.ts";
import { checkpointIn } from "../../src/project/checkpointFolder.ts";
import { hookLine } from "../../src/project/exportScripts/hook.ts";
import { checkpointOf, type Shapes } from "./madeCheckpoint.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-other-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("formats that are not read", () => {
  it.each([
    ["a.tflite", /TFLite.*Keras model/],
    ["a.pt2", /torch\.export\.load\("a\.pt2"\)\.state_dict, "a\.pt"\)/],
    ["a.msgpack", /np\.savez\("a\.npz"/],
    ["__0_0.distcp", /dcp_to_torch/],
    ["saved_model.pb", /TensorFlow graph/],
    ["a.jit", /torch\.jit\.load\("a\.jit"\)/],
    ["forest.ubj", /trees.*scores/],
    ["a.unheard", /no known checkpoint format/],
  ])("%s", async (file, sentence) => {
    await expect(openCheckpoint(path.join(folder, file))).rejects.toThrow(sentence);
  });

  it.each([
    [[".metadata", "__0_0.distcp"], /dcp_to_torch of-\.metadata model\.pt/],
    [["_METADATA", "manifest.ocdbt"], /orbax.*np\.savez/],
    [["saved_model.pb"], /SavedModel/],
    [["notes.txt"], /without a checkpoint/],
  ])("a folder of %j", async (names, sentence) => {
    const own = path.join(folder, `of-${names[0]}`);
    mkdirSync(own);
    for (const name of names) writeFileSync(path.join(own, name), "x");
    await expect(checkpointIn(own, null)).rejects.toThrow(sentence);
  });

  it.each([
    [["MatMul", "LinearClassifier", "Normalizer"], /LinearClassifier.*skl2onnx/],
    [["QLinearConv", "QLinearMatMul"], /quantised/],
    [["TreeEnsembleClassifier", "ZipMap"], /trees.*scores/],
  ])("a graph of %j", (operators, sentence) => {
    expect(otherOutput({ nodes: operators.map((operator) => ({ operator })), tensors: [] })).toMatch(
      sentence,
    );
    expect(otherOutput({ nodes: [{ operator: "Relu" }], tensors: [] })).toBeNull();
  });

  it("a graph whose layers all lie in its branches", () => {
    const nodes = [{ operator: "Equal" }, { operator: "If" }];
    expect(otherOutput({ nodes, tensors: [] })).toMatch(/on a condition \(If\)/);
    expect(otherOutput({ nodes, tensors: [{ shape: [3, 4], type: "F32" }] })).toBeNull();
  });

  it("weights that are listed without a model", async () => {
    const file = path.join(folder, "model.json");
    writeFileSync(file, JSON.stringify([{ weights: [], paths: ["a.bin"] }]));
    await expect(openCheckpoint(file)).rejects.toThrow(/lists weights without a model.*face-api/);
  });

  it("are no heads, whatever matrices they have", () => {
    const checkpoint = { ...checkpointOf({ "fc.weight": [3, 4] }), otherHead: "is something else; do this" };
    expect(() => guessHead(checkpoint)).toThrow(/is something else; do this/);
  });
});

describe("the head before there are features", () => {
  const layer = (weight: string, isOutput: boolean): LinearLayer => {
    return { weight, bias: null, layout: "rows", isOutput };
  };
  const aux: Shapes = {
    "embed.weight": [100, 8],
    "body.weight": [8, 8],
    "fc.weight": [3, 8],
    "norm.weight": [8],
  };

  it.each<[string, Shapes, readonly LinearLayer[] | undefined, string, number, RegExp]>([
    ["by its name", aux, undefined, "fc.weight", 3, /called fc/],
    ["by its place", { "a.weight": [8, 4], "b.weight": [5, 8] }, undefined, "b.weight", 5, /last of 2/],
    ["by numbers", { "l.10.weight": [2, 8], "l.9.weight": [8, 8] }, undefined, "l.10.weight", 2, /last of 2/],
    [
      "by the graph",
      aux,
      [layer("fc.weight", false), layer("body.weight", true)],
      "body.weight",
      8,
      /output/,
    ],
    ["of one output", { "a.weight": [8, 4], "fc.weight": [1, 8] }, undefined, "fc.weight", 2, /called fc/],
  ])("is guessed %s", (_, shapes, layers, weight, classes, reason) => {
    const head = guessHead({ ...checkpointOf(shapes, {}, layers), format: "pytorch" });
    expect(head).toMatchObject({ weight, classes, size: 8 });
    expect(head.reason).toMatch(reason);
  });

  it("is not chosen by order among layers beside each other", () => {
    const heads = { "dense5.weight": [16, 24], "dense6_1.weight": [2, 16], "dense6_2.weight": [4, 16] };
    const checkpoint = { ...checkpointOf(heads), format: "pytorch" };
    expect(() => guessHead(checkpoint)).toThrow(
      /several layers that could be the last \(dense6_1\.weight \(2 outputs\), dense6_2\.weight \(4 outputs\)\)/,
    );
    const chain = { "l.1.weight": [16, 16], "l.2.weight": [16, 16], "l.3.weight": [3, 16] };
    expect(guessHead({ ...checkpointOf(chain), format: "pytorch" }).weight).toBe("l.3.weight");
  });

  it("is no layer of an encoder's own width, whatever it is called", () => {
    const encoder = { "lstm.weight_ih_l0": [1024, 40], "linear.weight": [256, 256], "linear.bias": [256] };
    expect(() => guessHead({ ...checkpointOf(encoder), format: "pytorch" })).toThrow(
      /encoder without a head/,
    );
  });

  it("is none where nothing looks like a layer", () => {
    expect(() => guessHead(checkpointOf({ "norm.weight": [8] }))).toThrow(/no matrix/);
    const encoder = {
      "encoder.0.weight": [16, 8],
      "encoder.1.weight": [8, 16],
      "pooler.dense.weight": [8, 8],
    };
    for (const format of ["pytorch", "safetensors"]) {
      expect(() => guessHead({ ...checkpointOf(encoder), format })).toThrow(/encoder without a head/);
    }
    const convolutions = {
      "conv2d_9/kernel": [3, 3, 4, 8],
      "conv2d_10/kernel": [3, 3, 8, 7],
      "conv2d/kernel": [1, 1, 4, 4],
    };
    expect(() => guessHead(checkpointOf(convolutions))).toThrow(/ends in a convolution \(conv2d_10/);
  });

  it.each<[string, string, Shapes, RegExp]>([
    [
      "pytorch",
      "model.fc.weight",
      { "model.body.weight": [8, 4], "model.fc.weight": [3, 8] },
      /get_submodule\("fc"\)/,
    ],
    ["safetensors", "fc.weight_v", { "fc.weight_g": [3, 1], "fc.weight_v": [3, 8] }, /get_submodule\("fc"\)/],
    ["keras", "layers/head/vars/0", { "layers/head/vars/0": [8, 3] }, /get_layer\("head"\)\.input/],
    ["tfjs", "head/kernel", { "head/kernel": [8, 3] }, /getLayer\("head"\)\.input/],
    [
      "sklearn",
      "logisticregression.coef_",
      { "logisticregression.coef_": [3, 8] },
      /model\[:-1\]\.transform/,
    ],
    ["skops", "coefs_.1", { "coefs_.0": [4, 8], "coefs_.1": [8, 3] }, /relu/],
  ])("of %s has a line that hooks %s", (format, weight, shapes, line) => {
    const checkpoint = { ...checkpointOf(shapes), format };
    const head = guessHead(checkpoint);
    expect(head.weight).toBe(weight);
    expect(hookLine(checkpoint, head)).toMatch(line);
  });

  it("of an averaged copy is hooked by the network's own name", () => {
    const auxiliary = { auxiliary: true };
    const checkpoint = {
      ...checkpointOf(
        { "fc.weight": [3, 8], "state_dict_ema.fc.weight": [3, 8] },
        { "state_dict_ema.fc.weight": auxiliary },
      ),
      format: "pytorch",
    };
    expect(hookLine(checkpoint, guessHead(checkpoint))).toMatch(/get_submodule\("fc"\)/);
  });
});
