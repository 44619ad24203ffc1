/**
 * Tunes the example's network as a TF.js model, its head only and all of it, and prints what came of both on the test set.
 *
 *     python bench/whole-network/make.py
 *     npm run build && node bench/whole-network/run.ts [--steps 2000] [--package .cache/addon] [--augment flip,crop]
 *         [--unlabeled] [objective ...]
 *
 * Results are in .cache/whole-network/<objective>-<train>/.
 */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import type { TuneResult } from "../../src/protocol/records.ts";
import { runTune } from "../command.ts";

const home = path.resolve(import.meta.dirname, "../../.cache/whole-network");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "2000" },
    package: { type: "string" },
    augment: { type: "string", default: "" },
    unlabeled: { type: "boolean", default: false },
  },
});
if (values.package !== undefined) process.env.SELMIX_PACKAGE_PATH = path.resolve(values.package);

const augment = values.augment.split(",").filter((name) => name !== "");

/** A workspace of its own, so that every run makes everything anew. */
function workspace(objective: string, train: "head" | "all"): string {
  const folder = path.join(home, `${objective}-${train}`);
  mkdirSync(folder, { recursive: true });
  const sets = ["train", "validation", "test", ...(values.unlabeled ? ["unlabeled"] : [])];
  for (const file of ["model.json", "weights.bin", ...sets.map((name) => `${name}.npz`)]) {
    cpSync(path.join(home, file), path.join(folder, file));
  }
  const places = (folderOf: string, ending: string) =>
    Object.fromEntries(sets.map((name) => [name, `${folderOf}${name}${ending}`]));
  const configuration = path.join(folder, "selmix.json");
  const content = {
    checkpoints: ["model.json"],
    features: {
      ...places("features/", ".safetensors"),
      network: { data: places("", ".npz"), scale: 1, mean: [72.9], std: [90] },
    },
    objective,
    tuning: { train, ...(train === "all" && { augment }), steps: Number(values.steps), controls: "none" },
  };
  writeFileSync(configuration, JSON.stringify(content, null, 2));
  return configuration;
}

const percent = (share: number | undefined) => (100 * (share ?? Number.NaN)).toFixed(2).padStart(7);

function line(name: string, evaluation: TuneResult["after"]["test"], rest = ""): string {
  const { meanRecall, minRecall, hMean } = evaluation ?? {};
  return `${name.padEnd(28)}${percent(meanRecall)}${percent(minRecall)}${percent(hMean)}${rest}`;
}

console.log(`${"on test, %".padEnd(28)}   mean    min      H`);
for (const objective of positionals.length > 0 ? positionals : ["hMean", "meanRecall"]) {
  for (const train of ["head", "all"] as const) {
    const { result } = await runTune(["--config", workspace(objective, train)]);
    const { before, after, seconds, backend, bestStep } = result;
    if (train === "head") console.log(line("the checkpoint", before.test));
    const how = `  ${seconds.tune.toFixed(0)} s on ${backend.name}, best after step ${bestStep}`;
    console.log(line(`${objective}, ${train}`, after.test, how));
  }
}
