/** Same seed, same head: what tunes wrote and what `policy` decided when this was committed, byte for byte. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, expect, it } from "vitest";
import { type PolicyRequest, policyJob } from "../../src/engine/policy/policyJob.ts";
import { prepareTables } from "../../src/engine/problem/checkedTables.ts";
import { chooseCheckpoint } from "../../src/engine/problem/chooseCheckpoint.ts";
import { projectOf } from "../../src/engine/problem/settings.ts";
import { makeFeatures } from "../../src/engine/tables/features.ts";
import { openTraining } from "../../src/engine/training/openTraining.ts";
import type { StateSaver } from "../../src/engine/training/savedState.ts";
import { editText } from "../../src/project/edit.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { useBackend } from "../selmix/backend.ts";
import { exampleWorkspace } from "../support/example.ts";
import { wholeWorkspace } from "../support/wholeWorkspace.ts";

let folder = "";
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** SHA-256 of every tensor of the checkpoint as training leaves it, in the order of their names, whatever the verdict. */
async function tunedHash(configurationPath: string, backend: "wasm" | "cpu", steps?: number) {
  const request = {
    configurationPath,
    checkpoint: null,
    backend,
    steps,
    trigger: "user" as const,
    trusted: true,
  };
  const project = projectOf(request);
  const checkpoint = await chooseCheckpoint(project, null);
  const context = {
    signal: new AbortController().signal,
    progress: () => undefined,
    cycle: () => undefined,
    program: () => undefined,
  };
  await makeFeatures(project, checkpoint, async () => "", context, null, { trusted: true });
  const prepared = await prepareTables(project, checkpoint);
  const states = { saved: null, saver: { offer: () => undefined } as unknown as StateSaver };
  const training = await openTraining(prepared, request, context.signal, states);
  const { outcome, replacements } = await training.run({});
  // A head that was never trained would not tell one method from another.
  expect(outcome.bestStep).toBeGreaterThan(0);
  const changed = new Map(replacements.map(({ name, values }) => [name, values]));
  const hash = createHash("sha256");
  for (const name of prepared.checkpoint.tensors.map((tensor) => tensor.name).sort()) {
    const values = changed.get(name) ?? (await prepared.checkpoint.read(name));
    hash.update(`${name}\0`).update(Float32Array.from(values));
  }
  await training.close();
  await prepared.close();
  return hash.digest("hex");
}

/** Features of three classes in two groups: the second group is shifted and its third class is rare. */
function table(count: number, seed: number): Uint8Array {
  const random = new Random(seed);
  const rows = Array.from({ length: count }, () => {
    const group = random.integer(2);
    const label = group === 1 && random.uniform() < 0.7 ? random.integer(2) : random.integer(3);
    const noise = () => 2 * random.uniform() - 1;
    return { group, label, features: [0, 1, 2].map((k) => (k === label ? 1.2 : 0) + group * 0.6 + noise()) };
  });
  return makeSafetensors({
    features: { dtype: "F32", shape: [count, 3], values: rows.flatMap(({ features }) => features) },
    labels: { dtype: "I64", shape: [count], values: rows.map(({ label }) => label) },
    groups: { dtype: "I64", shape: [count], values: rows.map(({ group }) => group) },
  });
}

function groupsWorkspace(): string {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-same-"));
  writeFileSync(path.join(folder, "train.safetensors"), table(500, 1));
  writeFileSync(path.join(folder, "validation.safetensors"), table(400, 2));
  const head = {
    "head.weight": { dtype: "F32", shape: [3, 3], values: [1, 0, -0.5, 0, 1, -0.5, 0, 0.25, 1] },
    "head.bias": { dtype: "F32", shape: [3], values: [0.25, 0, -1] },
  };
  writeFileSync(path.join(folder, "model.safetensors"), makeSafetensors(head));
  const configurationPath = path.join(folder, "selmix.json");
  const configuration = {
    checkpoints: ["model.safetensors"],
    features: { train: "train.safetensors", validation: "validation.safetensors" },
    classes: ["a", "b", "c"],
    groups: ["young", "old"],
    objective: "meanGroupRecall",
    constraints: [
      { metric: "coverage", atLeast: 0.2 },
      { metric: "recallGap", atMost: 0.1 },
      { metric: "precision", classes: ["a"], atLeast: 0.5 },
    ],
    tuning: { steps: 150, start: "checkpoint", controls: "none" },
  };
  writeFileSync(configurationPath, JSON.stringify(configuration));
  return configurationPath;
}

it("the example", async () => {
  const { configuration, ...workspace } = exampleWorkspace({ "tuning.controls": "none" });
  folder = workspace.folder;
  expect(await tunedHash(configuration, "wasm", 200)).toBe(
    "dfe97e3e8a49a461c136df5ffc1a778122fc44fdbbe9202f1f11aaaa07a1cf62",
  );
});

it("semi-supervised", async () => {
  const { configuration, ...workspace } = exampleWorkspace({
    "features.unlabeled": "features/test.safetensors",
    objective: "hMean",
    "tuning.start": "checkpoint",
    "tuning.controls": "none",
  });
  folder = workspace.folder;
  expect(await tunedHash(configuration, "wasm", 200)).toBe(
    "b10e17e30fa9fc0457dca7f022e318f45a4e558abc18d5125ee6a7b38fb5f50f",
  );
});

it("with groups and constraints", async () => {
  expect(await tunedHash(groupsWorkspace(), "cpu")).toBe(
    "3ab8417156fb0d4d8fb0145b881f83f9eb14856e67b4065cf6f6126287b76a47",
  );
});

it("a whole network", async () => {
  await useBackend("cpu");
  const { configuration, ...workspace } = await wholeWorkspace();
  folder = workspace.folder;
  const start = [{ path: ["tuning", "start"], value: "checkpoint" }];
  writeFileSync(configuration, editText(readFileSync(configuration, "utf8"), start));
  expect(await tunedHash(configuration, "cpu")).toBe(
    "f933bec36e5189128dd57c5d672e1c14a3558afddc0118243feea77b738b98d3",
  );
});

/** Three calls of `policy`, and what each decides. */
async function decisionsHash(request: PolicyRequest) {
  const hash = createHash("sha256");
  for (let call = 0; call < 3; call++) {
    const answer = await policyJob({ ...request, state: path.join(folder, "state.json") });
    const { gain, policy, multipliers, biasChange, value, best } = answer;
    hash.update(JSON.stringify([gain, policy, multipliers, biasChange, value, best]));
  }
  return hash.digest("hex");
}

it("decisions for a loop of the user's own", async () => {
  const { configuration, checkpoint, ...workspace } = exampleWorkspace({
    constraints: [{ metric: "coverage", atLeast: 0.09 }],
  });
  folder = workspace.folder;
  const request = {
    configurationPath: configuration,
    steering: path.join(folder, "features/validation.safetensors"),
    head: checkpoint,
    trainCounts: [5000, 2997, 1797, 1077, 646, 387, 232, 139, 83, 50],
  };
  expect(await decisionsHash(request)).toBe(
    "4aa221fb3c16d1317610efa58b64e5f38565881e57c79b4a107def9fe8680723",
  );
});

it("decisions on a problem so large that it takes tensors", async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-same-"));
  const [classes, size, count] = [250, 40, 11_000];
  const random = new Random(3);
  const weight = Array.from({ length: classes * size }, () => 2 * random.uniform() - 1);
  const features = Array.from({ length: count * size }, (_unused, at) => {
    const [row, k] = [Math.floor(at / size), at % size];
    return weight[(row % classes) * size + k] + 3 * random.uniform() - 1.5;
  });
  const labels = Array.from({ length: count }, (_unused, row) => row % classes);
  const steering = path.join(folder, "validation.safetensors");
  const head = path.join(folder, "head.safetensors");
  writeFileSync(
    steering,
    makeSafetensors({
      features: { dtype: "F32", shape: [count, size], values: features },
      labels: { dtype: "I64", shape: [count], values: labels },
    }),
  );
  writeFileSync(
    head,
    makeSafetensors({
      "head.weight": { dtype: "F32", shape: [classes, size], values: weight },
      "head.bias": { dtype: "F32", shape: [classes], values: new Array<number>(classes).fill(0) },
    }),
  );
  expect(await decisionsHash({ steering, head })).toBe(
    "77b34b55268d8d895f686f12386c61d81e294218d56b788d897beb3e8e58b7c8",
  );
});
