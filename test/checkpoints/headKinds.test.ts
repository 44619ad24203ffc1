/** Heads with one output, under weight_norm, and in several copies; and the layers that must never be taken for one. */
import { describe, expect, it } from "vitest";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { headReplacements, readHead } from "../../src/checkpoints/head.ts";
import { bodyHash } from "../../src/checkpoints/identity.ts";
import { exportFacts, exportScript } from "../../src/project/exportScripts/index.ts";
import { checkpointOf, type Shapes } from "./madeCheckpoint.ts";

const binary = { featureSize: 3, minimumClasses: 2 };
const values = { weight: [0.5, -1, 2], bias: [0.25] };

describe("a head with one output", () => {
  it.each([
    ["fc.weight", [1, 3], "fc.bias", [1]],
    ["dense/kernel", [3, 1], "dense/bias", [1]],
    ["linear.weight", [3], "linear.bias", []],
    ["coef_", [3], "intercept_", [1]],
    ["classifier.weight", [1, 3, 1, 1], "classifier.bias", [1]],
  ])("%s %j is read as the logits (0, z) and written as the difference", async (weight, shape, bias, one) => {
    const checkpoint = checkpointOf({ [weight]: shape, [bias]: one }, {}, undefined, {
      [weight]: values.weight,
      [bias]: values.bias,
    });
    const location = findHead(checkpoint, binary);
    expect(location).toMatchObject({ weight, bias, classes: 2, size: 3, oneOutput: true });
    const head = await readHead(checkpoint, location);
    expect([...head.weight]).toEqual([0, 0, 0, 0.5, -1, 2]);
    expect([...(head.bias ?? [])]).toEqual([0, 0.25]);
    const tuned = { ...head, weight: Float32Array.of(1, 2, 3, 5, 5, 5), bias: Float32Array.of(1, -1) };
    expect(headReplacements(location, tuned)).toEqual([
      { name: weight, values: Float32Array.of(4, 3, 2) },
      { name: bias, values: Float32Array.of(-2) },
    ]);
    expect(headReplacements(location, head)[0]?.values).toEqual(Float32Array.from(values.weight));
  });

  it("stays without a bias where it has none", async () => {
    const checkpoint = checkpointOf({ "fc.weight": [1, 3] });
    const location = findHead(checkpoint, binary);
    const head = await readHead(checkpoint, location);
    expect(head.bias).toBeNull();
    expect(headReplacements(location, head)).toHaveLength(1);
    expect(() => headReplacements(location, { ...head, bias: new Float32Array(2) })).toThrow(/no bias/);
  });

  it("is none for three labels, nor where the configuration names three classes", () => {
    const checkpoint = checkpointOf({ "fc.weight": [1, 3], "fc.bias": [1] });
    expect(() => findHead(checkpoint, { featureSize: 3, minimumClasses: 3 })).toThrow(/no tensor that fits/);
    expect(() => findHead(checkpoint, { featureSize: 3, classes: 3 })).toThrow(/no tensor that fits/);
  });

  it("is no norm, no token and no running mean", () => {
    const shapes: Shapes = {
      "norm.weight": [3],
      "norm.bias": [3],
      "bn.running_mean": [3],
      cls_token: [1, 1, 3],
      "fc.weight": [2, 3],
    };
    expect(findHead(checkpointOf(shapes), binary)).toMatchObject({ weight: "fc.weight", reason: /only/ });
  });

  it("is preferred to a hidden layer whose outputs are as many as the features", () => {
    const shapes: Shapes = {
      "body.0.weight": [24, 64],
      "body.0.bias": [24],
      "body.2.weight": [32, 24],
      "body.2.bias": [32],
      "fc.weight": [1, 32],
      "fc.bias": [1],
    };
    const checkpoint = checkpointOf(shapes);
    const head = findHead(checkpoint, { featureSize: 32, minimumClasses: 2 });
    expect(head).toMatchObject({ weight: "fc.weight", oneOutput: true });
  });
});

describe("an inner layer", () => {
  const network: Shapes = {
    "body.0.weight": [24, 64],
    "body.0.bias": [24],
    "body.2.weight": [32, 24],
    "body.2.bias": [32],
  };

  it.each([
    ["one output", { "fc.weight": [1, 32], "fc.bias": [1] }, 2],
    ["three", { "fc.weight": [3, 32], "fc.bias": [3] }, 3],
    ["more than there are labels", { "fc.weight": [5, 32] }, 3],
    ["a later number", { "body.4.weight": [3, 32], "body.4.bias": [3] }, 3],
  ])("is not taken for its own features when a later layer has %s", (_, head: Shapes, classes) => {
    for (const featureSize of [24, 64]) {
      const request = { featureSize, minimumClasses: classes };
      expect(() => findHead(checkpointOf({ ...network, ...head }), request)).toThrow(/inner layer/);
    }
  });

  it("is not read the other way round when its bias has the other length", () => {
    expect(() => findHead(checkpointOf(network), { featureSize: 32, minimumClasses: 2 })).toThrow(
      /no tensor that fits/,
    );
  });

  it("is not taken where it is a convolution", () => {
    const shapes: Shapes = {
      "layer3.0.conv1.weight": [256, 1024, 1, 1],
      "layer4.0.downsample.0.weight": [2048, 1024, 1, 1],
      "se.reduce.weight": [10, 1024, 1, 1],
      "fc.weight": [10, 2048],
    };
    const request = { featureSize: 1024, minimumClasses: 10 };
    expect(() => findHead(checkpointOf(shapes), request)).toThrow(/inner layer/);
    const { "se.reduce.weight": _, ...plain } = shapes;
    expect(() => findHead(checkpointOf(plain), request)).toThrow(/no tensor that fits/);
  });

  it("is not taken when the graph knows a later one", () => {
    const layer = (weight: string, isOutput: boolean) => {
      return { weight, bias: null, layout: "rows" as const, isOutput };
    };
    const shapes = { a: [5, 8], b: [3, 5] };
    const checkpoint = checkpointOf(shapes, {}, [layer("a", false), layer("b", true)]);
    expect(() => findHead(checkpoint, { featureSize: 8, minimumClasses: 3 })).toThrow(/inner layer/);
  });

  it("is taken when the configuration names it", () => {
    const shapes = { ...network, "fc.weight": [3, 32] };
    const request = { featureSize: 24, minimumClasses: 3, weight: "body.2.weight" };
    expect(findHead(checkpointOf(shapes), request).classes).toBe(32);
  });
});

describe("weight_norm", () => {
  it.each([
    ["fc.weight_g", "fc.weight_v"],
    ["fc.parametrizations.weight.original0", "fc.parametrizations.weight.original1"],
  ])("%s and %s are read as g v / |v| and written so", async (lengths, directions) => {
    const checkpoint = checkpointOf(
      { [lengths]: [2, 1], [directions]: [2, 2], "fc.bias": [2] },
      {},
      undefined,
      {
        [lengths]: [10, 2],
        [directions]: [3, 4, 0, -7],
      },
    );
    const location = findHead(checkpoint, { featureSize: 2, minimumClasses: 2 });
    expect(location).toMatchObject({ weight: directions, lengths, bias: "fc.bias" });
    const head = await readHead(checkpoint, location);
    expect([...head.weight]).toEqual([6, 8, 0, -2]);
    const written = headReplacements(location, { ...head, weight: Float32Array.of(3, 4, 0, 0) });
    expect(written.slice(0, 2)).toEqual([
      { name: directions, values: Float32Array.of(3, 4, 1, 0) },
      { name: lengths, values: Float32Array.of(5, 0) },
    ]);
  });
});

describe("a cosine head", () => {
  it.each<[string, number[], number[]]>([
    // Two directions, (3, 4) and (0, -7), as the columns of LDAM's NormedLinear and as the rows of others.
    ["columns", [2, 2], [3, 0, 4, -7]],
    ["rows", [2, 2], [3, 4, 0, -7]],
  ])("stored by %s is read at its scale and written at unit length", async (layout, shape, stored) => {
    const weight = layout === "columns" ? "fc/kernel" : "fc.weight";
    const checkpoint = checkpointOf({ [weight]: shape }, {}, undefined, { [weight]: stored });
    const location = findHead(checkpoint, { featureSize: 2, minimumClasses: 2, cosine: 10 });
    expect(location).toMatchObject({ layout, bias: null, cosine: 10 });
    const head = await readHead(checkpoint, location);
    expect(head.rowLength).toBe(10);
    for (const [at, value] of [6, 8, 0, -10].entries()) expect(head.weight[at]).toBeCloseTo(value, 5);
    const turned = { ...head, weight: Float32Array.of(0, 10, -10, 0) };
    expect(headReplacements(location, turned)).toEqual([
      {
        name: weight,
        values: layout === "columns" ? Float32Array.of(0, -1, 1, 0) : Float32Array.of(0, 1, -1, 0),
      },
    ]);
  });

  it("is read from a [d, K] weight of PyTorch where it is said to be one", () => {
    const checkpoint = checkpointOf({ "fc.weight": [8, 10] });
    const request = { featureSize: 8, minimumClasses: 10 };
    expect(findHead(checkpoint, { ...request, cosine: 30 })).toMatchObject({
      layout: "columns",
      classes: 10,
    });
  });

  it("has no bias, and more than one output", () => {
    const request = { featureSize: 8, minimumClasses: 2, cosine: 30 };
    expect(() => findHead(checkpointOf({ "fc.weight": [3, 8], "fc.bias": [3] }), request)).toThrow(
      /fc\.weight, which has a bias beside it \(fc\.bias\), and a cosine head has none/,
    );
    expect(() => findHead(checkpointOf({ "fc.weight": [1, 8] }), request)).toThrow(/has one output/);
  });
});

describe("heads of other kinds are named for what they are", () => {
  const ten = { featureSize: 8, minimumClasses: 10 };
  it.each<[string, Shapes, RegExp]>([
    ["two heads", { "head.weight": [10, 8], "head_dist.weight": [10, 8] }, /two heads.*DeiT/],
    ["a cosine head", { "fc.weight": [8, 10] }, /cosine/],
    ["spectral norm", { "fc.weight_orig": [10, 8], "fc.weight_u": [10] }, /remove_spectral_norm/],
    ["weight_norm by columns", { "fc.weight_v": [10, 8], "fc.weight_g": [1, 8] }, /remove_weight_norm/],
    ["a convolution", { "conv.weight": [8, 3, 3, 3], "classifier.weight": [10, 8, 3, 3] }, /several pixels/],
  ])("%s", (_, shapes, sentence) => {
    expect(() => findHead(checkpointOf(shapes), ten)).toThrow(sentence);
  });

  it("quantised weights", () => {
    const bytes = checkpointOf({ "fc/kernel": [8, 10] }, { "fc/kernel": { type: "U8" } });
    expect(() => findHead(bytes, ten)).toThrow(/uint8.*quantised/);
    const packed = checkpointOf(
      { "fc._packed_params._packed_params.0": [10, 8] },
      {
        "fc._packed_params._packed_params.0": { type: "OTHER" },
      },
    );
    expect(() => findHead(packed, ten)).toThrow(/quantised/);
  });
});

describe("copies of a head", () => {
  const request = { featureSize: 4, minimumClasses: 3 };
  const head = (prefix: string, more = {}): [Shapes, Record<string, { auxiliary: boolean }>] => [
    { [`${prefix}fc.weight`]: [3, 4], [`${prefix}fc.bias`]: [3] },
    {
      [`${prefix}fc.weight`]: { auxiliary: true, ...more },
      [`${prefix}fc.bias`]: { auxiliary: true, ...more },
    },
  ];

  it("of timm: the averaged one is read, as timm does, and all are written when asked", async () => {
    const [own] = head("");
    const [ema, auxiliary] = head("state_dict_ema.");
    const checkpoint = checkpointOf({ ...own, ...ema }, auxiliary);
    const found = findHead(checkpoint, request);
    expect(found.weight).toBe("state_dict_ema.fc.weight");
    expect(found.notes?.[0]).toMatch(/timm loads the averaged one.*fc\.weight \(as it was trained\) stays/);
    expect(findHead(checkpoint, { ...request, copies: "raw" }).weight).toBe("fc.weight");
    const all = findHead(checkpoint, { ...request, copies: "all" });
    expect(headReplacements(all, await readHead(checkpoint, all)).map(({ name }) => name)).toEqual([
      "state_dict_ema.fc.weight",
      "state_dict_ema.fc.bias",
      "fc.weight",
      "fc.bias",
    ]);
  });

  it("have bodies of their own, in the hash and in the script that writes it", async () => {
    const shapes = { "body.weight": [4, 4], "fc.weight": [3, 4] };
    const prefixed = (prefix: string) =>
      Object.fromEntries(Object.entries(shapes).map(([n, s]) => [prefix + n, s]));
    const auxiliary = (prefix: string) =>
      Object.fromEntries(Object.keys(shapes).map((name) => [prefix + name, { auxiliary: true }]));
    const checkpoint = checkpointOf(
      { ...shapes, ...prefixed("state_dict_ema."), ...prefixed("other.") },
      { ...auxiliary("state_dict_ema."), ...auxiliary("other.") },
    );
    const own = checkpointOf(prefixed("state_dict_ema."), auxiliary("state_dict_ema."));
    const head = { weight: "state_dict_ema.fc.weight", bias: null };
    expect(await bodyHash(checkpoint, head)).toBe(await bodyHash(own, head));
    const names = checkpoint.tensors.map(({ name }) => name);
    const facts = exportFacts("best.pth.tar", names, { ...head, size: 4, classes: 3 });
    expect(facts).toMatchObject({ layer: "fc", prefix: "state_dict_ema." });
    const script = exportScript("pytorch", facts);
    expect(script).toContain('state = state["state_dict_ema"]');
    expect(script).toContain('"state_dict_ema." + name');
  });

  it("of others: the model is read, and what else there is is said", () => {
    const [own] = head("");
    const [ema, auxiliary] = head("model_ema.module.");
    const found = findHead(checkpointOf({ ...own, ...ema }, auxiliary), request);
    expect(found.weight).toBe("fc.weight");
    expect(found.notes?.[0]).toMatch(/model_ema\.module\.fc\.weight \(averaged\) stays/);
    const [online] = head("online_model.");
    const [average] = head("ema_model.");
    expect(findHead(checkpointOf({ ...online, ...average }), request).weight).toBe("ema_model.fc.weight");
  });

  it("of Lightning: the model is the average, and the raw one lies beside it", () => {
    const [own] = head("model.");
    const [raw, auxiliary] = head("current_model_state.model.");
    const checkpoint = checkpointOf({ ...own, ...raw }, auxiliary);
    expect(findHead(checkpoint, request).weight).toBe("model.fc.weight");
    expect(findHead(checkpoint, request).notes?.[0]).toMatch(/Lightning loads the averaged/);
    const chosen = findHead(checkpoint, { ...request, copies: "raw" });
    expect(chosen.weight).toBe("current_model_state.model.fc.weight");
  });

  it("of an AveragedModel alone is said to be one, and a copy that is not there is an error", () => {
    const [average] = head("module.");
    const checkpoint = checkpointOf({ n_averaged: [], ...average });
    expect(findHead(checkpoint, request).notes?.[0]).toMatch(/averaged model/);
    expect(findHead(checkpoint, { ...request, copies: "ema" }).weight).toBe("module.fc.weight");
    expect(() => findHead(checkpoint, { ...request, copies: "raw" })).toThrow(/no copy as it was trained/);
  });
});
