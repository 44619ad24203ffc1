import { describe, expect, it } from "vitest";
import type { Checkpoint, LinearLayer } from "../../src/checkpoints/checkpoint.ts";
import { findHead, HeadError, headCandidates } from "../../src/checkpoints/findHead.ts";
import { headReplacements, readHead } from "../../src/checkpoints/head.ts";
import type { Head } from "../../src/selmix/problem.ts";
import { checkpointOf, type Shapes } from "./madeCheckpoint.ts";

const network: Shapes = { "conv.weight": [64, 3, 3, 3], "fc.weight": [10, 64], "fc.bias": [10] };
const labels = { featureSize: 64, minimumClasses: 10 };

describe("finding the head", () => {
  it("takes the only tensor that fits, with the bias beside it", () => {
    const head = findHead(checkpointOf(network), labels);
    expect(head).toMatchObject({
      weight: "fc.weight",
      bias: "fc.bias",
      layout: "rows",
      classes: 10,
      size: 64,
    });
    expect(head.reason).toMatch(/only tensor/);
  });

  it("reads weights stored by columns, and heads without a bias", () => {
    const flax = checkpointOf({ "params/Dense_0/kernel": [64, 10], "params/Dense_0/bias": [10] });
    expect(findHead(flax, labels)).toMatchObject({ layout: "columns", bias: "params/Dense_0/bias" });
    const bare = checkpointOf({ "fc.weight": [10, 64], "norm.bias": [10] });
    expect(findHead(bare, labels).bias).toBeNull();
  });

  it.each([
    ["fc.weight", "fc.bias"],
    ["head/kernel:0", "head/bias:0"],
    ["coef_", "intercept_"],
    ["layers/dense/vars/0", "layers/dense/vars/1"],
    ["W", "b"],
  ])("knows the bias of %s", (weight, bias) => {
    const shape = weight === "fc.weight" || weight === "coef_" ? [10, 64] : [64, 10];
    expect(findHead(checkpointOf({ [bias]: [10], [weight]: shape }), labels)).toMatchObject({ weight, bias });
  });

  it("reads a square weight as its format stores it", () => {
    const request = { featureSize: 10, minimumClasses: 10 };
    expect(findHead(checkpointOf({ "fc.weight": [10, 10] }), request).layout).toBe("rows");
    expect(findHead(checkpointOf({ "dense/kernel": [10, 10] }), request).layout).toBe("columns");
  });

  it("takes convolutions of one pixel as linear layers", () => {
    expect(findHead(checkpointOf({ "classifier.weight": [10, 64, 1, 1] }), labels).layout).toBe("rows");
    expect(findHead(checkpointOf({ "classifier/kernel": [1, 1, 64, 10] }), labels).layout).toBe("columns");
  });

  it("prefers as many classes as there are labels, but takes more", () => {
    const exact = checkpointOf({ "hidden.weight": [128, 64], "last.weight": [10, 64] });
    expect(findHead(exact, labels).weight).toBe("last.weight");
    expect(findHead(checkpointOf({ "last.weight": [12, 64] }), labels).classes).toBe(12);
    expect(() => findHead(checkpointOf({ "last.weight": [12, 64] }), { ...labels, classes: 10 })).toThrow(
      HeadError,
    );
  });

  it.each([
    [["proj.weight", "model.fc.weight"], "model.fc.weight"],
    [["heads.head.weight", "aux.weight"], "heads.head.weight"],
    [["classifier.0.weight", "other.weight"], "classifier.0.weight"],
    [["classifier.1.weight", "classifier.4.weight"], "classifier.4.weight"],
    [["layers.9.weight", "layers.10.weight", "layers.2.weight"], "layers.10.weight"],
    [["dense_2/kernel", "dense/kernel", "dense_10/kernel"], "dense_10/kernel"],
  ])("breaks ties among %j", (names, expected) => {
    const head = findHead(checkpointOf(Object.fromEntries(names.map((name) => [name, [64, 64]]))), {
      featureSize: 64,
      minimumClasses: 64,
    });
    expect(head.weight).toBe(expected);
    expect(head.reason).toMatch(/tensors fit/);
  });

  it("follows the network where the format knows it", () => {
    const layer = (weight: string, isOutput: boolean): LinearLayer => {
      return { weight, bias: null, layout: "columns", isOutput };
    };
    const square: Shapes = { b: [64, 64], a: [64, 64] };
    const request = { featureSize: 64, minimumClasses: 64 };
    const outputs = checkpointOf(square, {}, [layer("a", false), layer("b", true)]);
    expect(findHead(outputs, request)).toMatchObject({ weight: "b", layout: "columns" });
    const order = checkpointOf(square, {}, [layer("b", false), layer("a", false)]);
    expect(findHead(order, request).weight).toBe("a");
  });

  it("lists the tensors when it cannot tell", () => {
    const several = checkpointOf({ "student.fc.weight": [10, 64], "teacher.fc.weight": [10, 64] });
    expect(() => findHead(several, labels)).toThrow(/student\.fc\.weight.*teacher\.fc\.weight/);
    expect(() => findHead(checkpointOf(network), { featureSize: 65 })).toThrow(/fc\.weight \[10, 64\]/);
    expect(() => findHead(checkpointOf({}), labels)).toThrow(/no matrix/);
    expect(headCandidates(several, labels)).toHaveLength(2);
  });

  it("passes over an optimizer's memory and copies kept auxiliary", () => {
    const training = checkpointOf(
      { ...network, "optimizer.state.3.exp_avg": [10, 64], "ema.fc.weight": [10, 64] },
      { "ema.fc.weight": { auxiliary: true } },
    );
    expect(findHead(training, labels).weight).toBe("fc.weight");
  });

  it("refuses a head tied to embeddings, and an embedding as a head", () => {
    const names: Shapes = { "embed.weight": [10, 64], "lm_head.weight": [10, 64] };
    const tied = checkpointOf(names, {
      "lm_head.weight": { sharedWith: ["embed.weight"] },
      "embed.weight": { sharedWith: ["lm_head.weight"] },
    });
    expect(() => findHead(tied, labels)).toThrow(/ties lm_head\.weight to embed\.weight/);
    expect(() => findHead(checkpointOf({ "embed.weight": [10, 64] }), labels)).toThrow(/embedding/);
  });

  it("takes a head that goes by two names once", () => {
    const twice = checkpointOf(
      { "model.fc.weight": [10, 64], "alias.weight": [10, 64] },
      {
        "model.fc.weight": { sharedWith: ["alias.weight"] },
        "alias.weight": { sharedWith: ["model.fc.weight"] },
      },
    );
    expect(findHead(twice, labels).weight).toBe("model.fc.weight");
  });

  it("obeys the configured names, and says what is wrong with them", () => {
    const two = checkpointOf({ ...network, "aux.weight": [10, 64], "aux.shift": [10] });
    const head = findHead(two, { ...labels, weight: "aux.weight", bias: "aux.shift" });
    expect(head).toMatchObject({ weight: "aux.weight", bias: "aux.shift" });
    expect(findHead(two, { ...labels, weight: "fc.weight", bias: null }).bias).toBeNull();
    expect(() => findHead(two, { ...labels, weight: "fc" })).toThrow(/no tensor fc;.*fc\.weight/);
    expect(() => findHead(two, { ...labels, weight: "fc.bias" })).toThrow(/no head/);
    expect(() => findHead(two, { ...labels, weight: "fc.weight", bias: "conv.weight" })).toThrow(/no bias/);
    expect(() => findHead(two, { featureSize: 32, weight: "fc.weight" })).toThrow(/32 features/);
  });
});

describe("a head", () => {
  it("is read as [classes, size] and written back as it was stored", async () => {
    const checkpoint = checkpointOf({ "dense/kernel": [2, 3], "dense/bias": [3] });
    const location = findHead(checkpoint, { featureSize: 2, minimumClasses: 3 });
    const head = await readHead(checkpoint, location);
    expect([...head.weight]).toEqual([0, 3, 1, 4, 2, 5]);
    expect([...(head.bias ?? [])]).toEqual([0, 1, 2]);
    const [weight, bias] = headReplacements(location, head);
    expect(weight).toEqual({ name: "dense/kernel", values: Float32Array.of(0, 1, 2, 3, 4, 5) });
    expect(bias?.name).toBe("dense/bias");
  });

  it("is refused with NaN or infinity in it, or when there is no place for it", async () => {
    const checkpoint = checkpointOf({ "fc.weight": [3, 2] });
    const location = findHead(checkpoint, { featureSize: 2, minimumClasses: 3 });
    const broken: Checkpoint = {
      ...checkpoint,
      read: async () => Float32Array.of(1, 2, Number.NaN, 4, 5, 6),
    };
    await expect(readHead(broken, location)).rejects.toThrow(/NaN in fc\.weight at element 2/);
    const head: Head = await readHead(checkpoint, location);
    expect(() => headReplacements(location, { ...head, bias: new Float32Array(3) })).toThrow(/no bias/);
    expect(() => headReplacements(location, { ...head, size: 3 })).toThrow(/3 by 3/);
  });
});
