import path from "node:path";
import { expect, test } from "vitest";
import { compilePatterns, outputMatcher } from "../../src/watching/patterns.ts";

const root = path.resolve("/work space/project");
const at = (file: string) => path.resolve(root, file);

test.each([
  ["checkpoints/*.pt", "checkpoints/a.pt", true],
  ["checkpoints/*.pt", "checkpoints/deeper/a.pt", false],
  ["*.pt", "a.pt", true],
  ["./checkpoints/*.pt", "checkpoints/a.pt", true],
  ["**/*.pt", "a/b/c.pt", true],
  ["runs/*/last.{pt,pth}", "runs/one/last.pth", true],
  ["model.onnx", "model.onnx", true],
  ["weights/model.onnx", "weights/model.onnx", true],
  ["weights/model.onnx", "weights/other.onnx", false],
  ["../shared/*.pt", "../shared/a.pt", true],
  ["../shared/*.pt", "shared/a.pt", false],
])("%s and %s", (pattern, file, expected) => {
  expect(compilePatterns(root, [pattern]).matches(at(file))).toBe(expected);
});

test.each([
  ["checkpoints/*.pt", "checkpoints", true],
  ["checkpoints/*.pt", ".", true],
  ["checkpoints/*.pt", "data", false],
  ["checkpoints/*.pt", "checkpoints/deeper", false],
  ["a/b/*.pt", "a", true],
  ["a/b/*.pt", "a/c", false],
  ["runs/*/last.pt", "runs/one", true],
  ["runs/*/last.pt", "runs/one/two", false],
  ["**/*.pt", "any/where", true],
  ["**/*.pt", "any/node_modules", false],
  ["{a/b,c}/*.pt", "a/b", true],
])("%s may hold something in %s", (pattern, folder, expected) => {
  expect(compilePatterns(root, [pattern]).mayHold(at(folder))).toBe(expected);
});

test.each([
  ["tuned/${checkpointName}.selmix${checkpointExt}", "tuned/epoch_12.selmix.safetensors", true],
  ["tuned/${checkpointName}.selmix${checkpointExt}", "checkpoints/epoch_12.safetensors", false],
  ["${checkpointName}.selmix${checkpointExt}", "deeper/a.selmix.pt", false],
  ["out (1)/${checkpointName}${checkpointExt}", "out (1)/a.pt", true],
  ["../out/${checkpointName}-${objective}${checkpointExt}", "../out/a-minRecall.pt", true],
])("output %s and %s", (template, file, expected) => {
  expect(outputMatcher(root, template)(at(file))).toBe(expected);
});
