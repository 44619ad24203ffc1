/** Tunes a head of each kind, and loads the copy in the framework that fitted it: it predicts what we say, on every row. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { readHead } from "../../src/checkpoints/head.ts";
import { type HeadSettings, requestOf } from "../../src/checkpoints/headRequest.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import { tuneResult } from "../../src/protocol/records.ts";
import { python, root } from "./environment.ts";

const run = promisify(execFile);
const script = (name: string) => path.join(import.meta.dirname, name);
const cli = path.join(root, "dist/cli.mjs");

const checked = z.array(
  z.object({ predictions: z.array(z.number()), changed: z.array(z.string()), same: z.boolean() }),
);

let workspace = "";
/** By the position of a case: where its copy is, and what its framework says of it. */
const outputs: string[] = [];
let loaded: z.infer<typeof checked>;
beforeAll(async () => {
  workspace = await mkdtemp(path.join(os.tmpdir(), "selmix-heads-"));
  await run(python, [script("with_torchvision.py"), script("make_heads.py"), workspace], {
    maxBuffer: 2 ** 26,
  });
  const tuned: [string, string, string][] = [];
  for (const [file, table, , head] of cases) {
    const { source, output } = await tune(file, table, head);
    outputs.push(output);
    tuned.push([source, output, table]);
  }
  const list = path.join(workspace, "tuned.json");
  await writeFile(list, JSON.stringify(tuned));
  const { stdout } = await run(
    python,
    [script("with_torchvision.py"), script("check_heads.py"), workspace, list],
    { maxBuffer: 2 ** 26 },
  );
  loaded = checked.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

const torch = ["fc.weight", "fc.bias"];
const coefficients = ["coef_", "intercept_"];
const lastOf = (name: string) => [`steps.1.1.${name}`];
const pipeline = [...lastOf("coef_"), ...lastOf("intercept_")];
const classifier = ["classifier.weight", "classifier.bias"];

/** Files, the table of what enters their heads, and what may differ, by the names of the framework. */
const cases: [file: string, table: string, changed: string[], head?: HeadSettings][] = [
  ["binary/one.pt", "binary", torch],
  ["binary/nobias.pt", "binary", ["fc.weight"]],
  ["binary/one.onnx", "binary", torch],
  ["binary/one.keras", "binary", ["fc/kernel", "fc/bias"]],
  ["binary/one.weights.h5", "binary", ["fc/kernel", "fc/bias"]],
  ["binary/vector.npz", "binary", coefficients],
  ["multi/normed.pt", "multi", ["fc.bias", "fc.weight_g", "fc.weight_v"]],
  [
    "multi/parametrized.pt",
    "multi",
    ["fc.bias", "fc.parametrizations.weight.original0", "fc.parametrizations.weight.original1"],
  ],
  ["multi/timm.pth.tar", "multi", torch],
  [
    "multi/timm.pth.tar",
    "multi",
    [...torch, ...torch.map((name) => `state_dict.${name}`)],
    { copies: "all" },
  ],
  ["multi/ldam.pt", "ldam", ["fc.weight"], { weight: "fc.weight", kind: "cosine", scale: 30 }],
  ["multi/cosine.pt", "cosine", ["fc.weight"], { kind: "cosine", scale: 16 }],
  ...["binary", "multi"].flatMap((kind): [string, string, string[]][] => [
    [`${kind}/logreg.joblib`, kind, coefficients],
    [`${kind}/sgd.pkl`, kind, coefficients],
    [`${kind}/svc.skops`, kind, coefficients],
    [`${kind}/ridge.joblib`, kind, coefficients],
    [`${kind}/pipeline.joblib`, `${kind}-pipeline`, pipeline],
    [`${kind}/pipeline.skops`, `${kind}-pipeline`, pipeline],
    [`${kind}/mlp.pkl`, `${kind}-mlp`, ["coefs_.1", "intercepts_.1"]],
    [`${kind}/mlp.joblib`, `${kind}-mlp`, ["coefs_.1", "intercepts_.1"]],
    [`${kind}/logreg.skl.onnx`, kind, ["coefficients", "intercepts"]],
    [`${kind}/svc.skl.onnx`, kind, ["coefficients", "intercepts"]],
    [`${kind}/sgd.skl.onnx`, kind, ["coef", "intercept"]],
    [`${kind}/pipeline.skl.onnx`, `${kind}-pipeline`, ["coefficients", "intercepts"]],
  ]),
  ["texts/checkpoint-500", "texts", classifier],
  ["texts/sharded", "texts", classifier],
  [
    "texts/adapter",
    "texts",
    classifier.map((name) => `base_model.model.${name.replace(".", ".modules_to_save.default.")}`),
  ],
];

const numbered = cases.map(([file, table, changed, head], at) => ({
  ...{ file, table, changed, head, at },
  copies: head?.copies ?? "",
}));

test.each(numbered)("$file $copies, tuned, predicts in its framework what we say", async (one) => {
  const { at, file, table, changed } = one;
  const result = loaded[at];
  expect(result?.same).toBe(true);
  const differs = result?.changed.filter((name) => !isOwnCopy(name)) ?? [];
  // Where numbers are kept as they are (not rounded to another type), another bias may be the whole answer.
  if (table !== "texts" && !file.endsWith(".skl.onnx"))
    expect(differs.toSorted()).toEqual(changed.toSorted());
  expect(differs.length).toBeGreaterThan(0);
  expect(changed).toEqual(expect.arrayContaining(differs));
  expect(result?.predictions).toEqual(await ownPredictions(outputs[at] ?? "", table, one.head));
});

test("a cosine head is known by its logits, and by its shape", async () => {
  await expect(tune("multi/cosine.pt", "cosine")).rejects.toThrow(
    /so this is a cosine head; set "kind": "cosine".*"scale": 16/,
  );
  await expect(tune("multi/ldam.pt", "ldam")).rejects.toThrow(/"kind": "cosine", "scale": 30/);
});

test("what lies beside a folder's model lies beside its copy, and what training left does not", async () => {
  const output = outputs[cases.findIndex(([file]) => file === "texts/checkpoint-500")] ?? "";
  expect(path.relative(workspace, output)).toBe("tuned/texts/checkpoint-500.selmix/model.safetensors");
  expect((await readdir(path.dirname(output))).sort()).toEqual([
    "config.json",
    "model.safetensors",
    "tokenizer.json",
  ]);
});

/** Estimators may refer to one array by several names. */
const isOwnCopy = (name: string) => /(^|\.)_/.test(name);

async function tune(
  file: string,
  table: string,
  head?: HeadSettings,
): Promise<{ source: string; output: string }> {
  const configuration = {
    checkpoints: [file],
    features: Object.fromEntries(
      ["train", "validation", "test"].map((split) => [split, `features/${table}-${split}.safetensors`]),
    ),
    tuning: { steps: 300, controls: "none" },
    output: `tuned/${head?.copies ?? ""}${path.dirname(file)}/\${checkpointName}.selmix\${checkpointExt}`,
    ...(head && { head }),
  };
  const configurationPath = path.join(workspace, `${file.replaceAll("/", "-")}.selmix.json`);
  await writeFile(configurationPath, JSON.stringify(configuration));
  const selmix = async (...args: string[]) => {
    const typed = [...args, "--config", configurationPath, "--json"];
    // A verdict that is not for the head is no failure here.
    const { stdout, stderr } = await run(process.execPath, [cli, ...typed], { cwd: workspace }).catch(
      (error) => error,
    );
    if (stdout === "") throw new Error(stderr);
    return stdout;
  };
  const result = tuneResult.parse(JSON.parse(await selmix("tune")));
  const { checkpoint, output, runFolder } = result;
  if (checkpoint === null) throw new Error(`${file} is a checkpoint`);
  if (output !== null) return { source: checkpoint, output };
  const used = z.object({ output: z.string() });
  return { source: checkpoint, ...used.parse(JSON.parse(await selmix("use", path.basename(runFolder)))) };
}

/** The class of each row of the test table, by the head as we read it from the copy. */
async function ownPredictions(file: string, name: string, head: HeadSettings = {}): Promise<number[]> {
  const table = await openFeatureTable(path.join(workspace, `features/${name}-test.safetensors`));
  const { size, count } = table.rows;
  const checkpoint = await openCheckpoint(file);
  const minimumClasses =
    1 + (table.labels?.codes ?? new Int32Array()).reduce((most, label) => Math.max(most, label), 0);
  const { weight, bias, classes } = await readHead(
    checkpoint,
    findHead(checkpoint, { featureSize: size, minimumClasses, ...requestOf(head) }),
  );
  await checkpoint.close();
  const row = new Float32Array(size);
  const predictions = Array.from({ length: count }, (_, i) => {
    table.rows.read(i, 1, row, 0);
    const logits = Array.from({ length: classes }, (_unused, k) =>
      row.reduce((sum, value, j) => sum + value * (weight[k * size + j] ?? 0), bias?.[k] ?? 0),
    );
    return logits.indexOf(Math.max(...logits));
  });
  table.close();
  return predictions;
}
