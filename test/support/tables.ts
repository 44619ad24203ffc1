/** A workspace of three classes that one number each tells apart, with tables of any class shares, and jobs run on it. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runJob } from "../../src/engine/process/jobs.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

export interface MadeTable {
  readonly features: number[][];
  readonly labels: number[];
  readonly groups: number[];
  /** What a network made of each row. */
  readonly logits?: readonly number[][];
  readonly weights?: readonly number[];
}

/** Rows of three classes, so many of each; in the second group the third class is harder to see and shifted. */
export function madeTable(rows: readonly number[], seed: number, secondGroup = 0.5, shift = 0.9): MadeTable {
  const random = new Random(seed);
  const made: MadeTable = { features: [], labels: [], groups: [] };
  rows.forEach((count, label) => {
    for (let at = 0; at < count; at++) {
      const group = random.uniform() < secondGroup ? 1 : 0;
      const noise = () => 2.4 * (random.uniform() + random.uniform() - 1);
      made.labels.push(label);
      made.groups.push(group);
      made.features.push(
        [0, 1, 2].map((k) => (k === label ? 1.6 : 0) + (k === 2 ? -shift * group : 0) + noise()),
      );
    }
  });
  return made;
}

export class TableWorkspace {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "selmix-tables-"));
  readonly configurationPath = path.join(this.folder, "selmix.json");

  constructor() {
    this.model("model", [1.2, 0.3, -1]);
  }

  /** A checkpoint with these biases; its file. */
  model(name: string, bias: readonly number[]): string {
    const head = {
      "head.weight": { dtype: "F32", shape: [3, 3], values: [1.7, 0, 0, 0, 1.7, 0, 0, 0, 1.7] },
      "head.bias": { dtype: "F32", shape: [3], values: bias },
    };
    const file = path.join(this.folder, `${name}.safetensors`);
    writeFileSync(file, makeSafetensors(head));
    return file;
  }

  table(
    name: "train" | "validation" | "test" | "certify" | "unlabeled",
    { features, labels, groups, logits, weights }: MadeTable,
    grouped = false,
  ): void {
    const count = labels.length;
    const tensors = {
      features: { dtype: "F32", shape: [count, 3], values: features.flat() },
      labels: { dtype: "I64", shape: [count], values: labels },
      ...(logits && { logits: { dtype: "F32", shape: [logits.length, 3], values: logits.flat() } }),
      ...(weights && { weights: { dtype: "F32", shape: [count], values: [...weights] } }),
      ...(grouped && { groups: { dtype: "I64", shape: [count], values: groups } }),
    };
    writeFileSync(path.join(this.folder, `${name}.safetensors`), makeSafetensors(tensors));
  }

  configure(more: object): void {
    const hasTest = existsSync(path.join(this.folder, "test.safetensors"));
    const configuration = {
      checkpoints: ["model.safetensors"],
      features: {
        train: "train.safetensors",
        validation: "validation.safetensors",
        ...(hasTest && { test: "test.safetensors" }),
      },
      classes: ["cat", "dog", "owl"],
      tuning: { steps: 200, controls: "none" },
      ...more,
    };
    writeFileSync(this.configurationPath, JSON.stringify(configuration));
  }

  tune() {
    const { configurationPath } = this;
    const request = { configurationPath, checkpoint: null, backend: "cpu", trigger: "user" } as const;
    return runJob<"tune">({ kind: "tune", request }, context);
  }

  /** @param runFolder of an earlier run to hold it against */
  evaluate(checkpoint: string | null = null, runFolder?: string) {
    const { configurationPath } = this;
    const against = runFolder === undefined ? {} : { against: { runFolder, tolerance: 0 } };
    const request = { kind: "evaluate", configurationPath, checkpoint, backend: "cpu", ...against } as const;
    return runJob<"evaluate">(request, context);
  }

  use(runFolder: string, output?: string) {
    return runJob<"use">({ kind: "use", runFolder, ...(output !== undefined && { output }) }, context);
  }

  discard(runFolder: string) {
    return runJob<"discard">({ kind: "discard", runFolder }, context);
  }
}
