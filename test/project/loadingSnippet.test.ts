import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadingSnippet } from "../../src/project/loadingSnippet.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-snippet-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["epoch.selmix.pt", 'torch.load("tuned/epoch.selmix.pt"'],
  ["epoch.selmix.safetensors", 'load_file("tuned/epoch.selmix.safetensors")'],
  ["m.selmix.keras", 'keras.saving.load_model("tuned/m.selmix.keras")'],
  ["m.selmix.weights.h5", 'model.load_weights("tuned/m.selmix.weights.h5")'],
  ["m.selmix.joblib", 'joblib.load("tuned/m.selmix.joblib")'],
  ["m.selmix.pkl", 'with open("tuned/m.selmix.pkl", "rb")'],
  ["m.selmix.skops", 'skops.io.load("tuned/m.selmix.skops"'],
  ["m.selmix.onnx", 'onnxruntime.InferenceSession("tuned/m.selmix.onnx")'],
  ["m.selmix.npz", 'np.load("tuned/m.selmix.npz")'],
])("%s is loaded by %s", (name, line) => {
  const { language, code } = loadingSnippet(path.join(folder, "tuned", name), folder);
  expect(language).toBe("Python");
  expect(code).toContain(line);
});

test("a TF.js model is loaded in JavaScript", () => {
  const { language, code } = loadingSnippet(path.join(folder, "tuned/model.json"), folder);
  expect([language, code.includes('tf.loadLayersModel("file://" + "tuned/model.json")')]).toEqual([
    "JavaScript",
    true,
  ]);
});

test("a folder of Hugging Face's is loaded by the class that its config names, when it is a name", () => {
  const model = path.join(folder, "tuned/checkpoint-30.selmix/model.safetensors");
  mkdirSync(path.dirname(model), { recursive: true });
  const config = path.join(path.dirname(model), "config.json");
  writeFileSync(config, '{"architectures": ["ViTForImageClassification"]}');
  expect(loadingSnippet(model, folder).code).toContain(
    'ViTForImageClassification.from_pretrained("tuned/checkpoint-30.selmix")',
  );
  writeFileSync(config, '{"architectures": ["x; import os"]}');
  expect(loadingSnippet(model, folder).code).toContain("AutoModelForSequenceClassification");
});

test("a correction of scores is loaded as the ONNX model beside it", () => {
  for (const name of ["correction.json", "correction.onnx"]) writeFileSync(path.join(folder, name), "");
  const { code } = loadingSnippet(path.join(folder, "correction.json"), folder);
  expect(code).toContain('InferenceSession("correction.onnx")');
});

test("a name cannot end the text it stands in", () => {
  const { code } = loadingSnippet(path.join(folder, 'a"); import os; ("b.pt'), folder);
  expect(code).toContain('torch.load("a\\"); import os; (\\"b.pt"');
});
