import { expect, test } from "vitest";
import { networkSettings } from "../../src/features/extraction/settings.ts";
import {
  exportFacts,
  exportKinds,
  exportScript,
  likelyKind,
  possibleHeads,
} from "../../src/project/exportScripts/index.ts";
import { editsToRun } from "../../src/project/exportScripts/run.ts";

const head = { size: 512, classes: 10 };

test.each([
  ["fc.weight", ["body.weight", "fc.weight", "fc.bias"], "", "fc"],
  ["model.fc.weight", ["model.body.weight", "model.fc.weight"], "model.", "fc"],
  [
    "module.model.head.weight",
    ["module.model.body.weight", "module.model.head.weight"],
    "module.model.",
    "head",
  ],
  ["model.fc.weight", ["model.fc.weight", "loss.weight"], "", "model.fc"],
  ["classifier.out_proj.weight", ["encoder.weight", "classifier.out_proj.weight"], "", "classifier.out_proj"],
  ["dense_1/kernel", ["dense/kernel", "dense_1/kernel"], "", "dense_1"],
])("the head %s is a layer of the network itself", (weight, tensors, prefix, layer) => {
  expect(exportFacts("a\\b.pt", tensors, { ...head, weight })).toEqual({
    checkpoint: "a/b.pt",
    layer,
    prefix,
    weight,
    bias: weight.replace("weight", "bias").replace("kernel", "bias"),
    ...head,
    input: "texts",
  });
});

test.each([
  ["texts", ["bert.embeddings.word_embeddings.weight", "classifier.weight"]],
  ["texts", ["model.embed_tokens.weight", "score.weight"]],
  ["images", ["vit.embeddings.patch_embeddings.projection.weight", "classifier.weight"]],
  ["images", ["resnet.embedder.embedder.convolution.weight", "classifier.1.weight"]],
  ["images", ["timm_model.conv1.weight", "timm_model.fc.weight"]],
])("a network for %s is known by what its first layer is called", (input, tensors) => {
  const facts = exportFacts("model.safetensors", tensors, { ...head, weight: tensors[1] ?? "" });
  expect(facts.input).toBe(input);
  const loads = exportScript("transformers", facts).includes("AutoImageProcessor");
  expect(loads).toBe(input === "images");
});

test.each(exportKinds.map(({ kind, tables }) => [kind, tables] as const))(
  "the %s script names the checkpoint, the sizes and its tables",
  (kind, tables) => {
    const facts = exportFacts("checkpoints/best.pt", ["fc.weight"], { ...head, weight: "fc.weight" });
    const script = exportScript(kind, facts);
    expect(script).toContain("python export_features.py checkpoints/best.pt features");
    expect(script).toContain("512");
    expect(script).toContain(tables);
    expect(script.split("\n").every((line) => line.length <= 130)).toBe(true);
  },
);

test("names with quotes and line feeds stay inside their strings", () => {
  const facts = exportFacts('a """\nimport os.pt', ['x"\n.weight'], { ...head, weight: 'x"\n.weight' });
  for (const { kind } of exportKinds) {
    const script = exportScript(kind, facts);
    expect(script.split('"""').length % 2).toBe(1);
    expect(script).not.toMatch(/^import os\.pt/m);
  }
});

test("a script that is to run gets the tables that it writes, whatever they were called", () => {
  const command = ["python", "export.py", "${checkpoint}", "${featuresDir}"];
  const ours = { train: "features/train.safetensors", validation: "features/validation.safetensors" };
  expect(editsToRun(ours, "export.py", "pytorch")).toEqual([
    { path: ["features", "command"], value: command },
  ]);
  const others = { train: "train.npz", validation: "data/val.npz", test: "data/test.npz" };
  expect(editsToRun(others, "export.py", "timm").slice(1)).toEqual([
    { path: ["features", "train"], value: "train.safetensors" },
    { path: ["features", "validation"], value: "data/validation.safetensors" },
    { path: ["features", "test"], value: "data/test.safetensors" },
  ]);
  const network = networkSettings.parse({ data: { train: "a", validation: "b" } });
  const [, removed] = editsToRun({ ...ours, network }, "export.py", "pytorch");
  expect(removed).toEqual({ path: ["features", "network"], value: undefined });
});

test("the likeliest kind follows from the ending and the files beside it", () => {
  expect(likelyKind("a/model.keras", [])).toBe("keras");
  expect(likelyKind("a/model.weights.h5", [])).toBe("keras");
  expect(likelyKind("a/model.safetensors", ["config.json"])).toBe("transformers");
  expect(likelyKind("a/model.safetensors", [])).toBe("pytorch");
  expect(likelyKind("a/best.pt", ["config.json"])).toBe("pytorch");
});

test("before there are features, the matrix that sounds like a head comes first, then the last one", () => {
  const heads = possibleHeads([
    { name: "embed.weight", shape: [100, 8], type: "F32" },
    { name: "conv.weight", shape: [8, 3, 3, 3], type: "F32" },
    { name: "fc.weight", shape: [3, 8], type: "F16" },
    { name: "fc.bias", shape: [3], type: "F16" },
    { name: "aux/kernel", shape: [8, 5], type: "F32" },
    { name: "steps", shape: [1, 1], type: "I64" },
  ]);
  expect(heads).toEqual([
    { weight: "fc.weight", size: 8, classes: 3 },
    { weight: "aux/kernel", size: 8, classes: 5 },
  ]);
});
