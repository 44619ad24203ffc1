/** A workspace with the small network of the method's tests as a TF.js model, and its images. */
import { cpSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type * as layers from "@tensorflow/tfjs-layers";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { type Images, images, side, trainCounts, trainedModel } from "../selmix/whole/smallNetwork.ts";

export interface WholeWorkspace {
  readonly folder: string;
  readonly configuration: string;
  readonly checkpoint: string;
  readonly output: string;
}

/** Model and images, made once: workspaces are copies. */
let template: Promise<string> | null = null;

/** A workspace with a selmix.json for a short run of the whole network. */
export async function wholeWorkspace(): Promise<WholeWorkspace> {
  template ??= makeTemplate();
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), "selmix-whole-")));
  cpSync(await template, folder, { recursive: true });
  return {
    folder,
    configuration: path.join(folder, "selmix.json"),
    checkpoint: path.join(folder, "model.json"),
    output: path.join(folder, "tuned/model.selmix.json"),
  };
}

async function makeTemplate(): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-template-"));
  const model = trainedModel();
  await saveModel(model, folder);
  model.dispose();
  const sets = {
    train: images(trainCounts, 1),
    validation: images([15, 15, 15], 2),
    test: images([10, 10, 10], 4),
  };
  for (const [name, set] of Object.entries(sets)) writeImages(path.join(folder, `${name}.safetensors`), set);
  const places = (at: string) =>
    Object.fromEntries(Object.keys(sets).map((name) => [name, `${at}${name}.safetensors`]));
  const content = {
    checkpoints: ["model.json"],
    features: { ...places("features/"), network: { data: places("") } },
    objective: "meanRecall",
    tuning: { train: "all", steps: 24, batchSize: 8, cycle: 6, controls: "trainingFree" },
  };
  writeFileSync(path.join(folder, "selmix.json"), JSON.stringify(content));
  return folder;
}

function writeImages(file: string, { values, labels }: Images): void {
  const content = makeSafetensors({
    images: { dtype: "F32", shape: [labels.length, side, side, 1], values: [...values] },
    labels: { dtype: "I64", shape: [labels.length], values: [...labels] },
  });
  writeFileSync(file, content);
}

async function saveModel(model: layers.LayersModel, folder: string): Promise<void> {
  await model.save({
    async save({ modelTopology, weightSpecs, weightData }) {
      if (!(weightData instanceof ArrayBuffer)) throw new Error("no weights");
      writeFileSync(path.join(folder, "weights.bin"), new Uint8Array(weightData));
      const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
      const json = { format: "layers-model", modelTopology, weightsManifest };
      writeFileSync(path.join(folder, "model.json"), JSON.stringify(json));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    },
  });
}
