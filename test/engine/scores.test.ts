/** Any classifier by its scores: what is written gives the predictions that were judged, in JavaScript, Python and ONNX. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { scoredCheckpoint } from "../../src/checkpoints/correction/correction.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { readChanged } from "../../src/engine/verdict/changed.ts";
import { Random } from "../../src/selmix/random.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-scores-"));
afterAll(() => rmSync(folder, { recursive: true }));

const names = ["bcc", "mel", "nv"];
/** A classifier that knows something, and all but never says what is rare. */
function rows(count: number, seed: number): { label: number; scores: number[] }[] {
  const random = new Random(seed, 1);
  // Box and Muller.
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  return Array.from({ length: count }, () => {
    const draw = random.uniform();
    const label = draw < 0.08 ? 0 : draw < 0.3 ? 1 : 2;
    const logits = names.map((_, k) => normal() + (k === label ? 1.2 : 0) + [-1.4, 0, 1.6][k]);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    return { label, scores: logits.map((logit) => Math.exp(logit) / sum) };
  });
}

const sets = { train: rows(900, 1), validation: rows(600, 2), test: rows(600, 3) };
const context = () => ({
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
});

interface Kind {
  readonly header: readonly string[];
  of(row: { label: number; scores: number[] }): readonly (string | number)[];
  readonly columns: string;
}
const kinds: Record<string, Kind> = {
  probabilities: {
    header: ["p_nv", "p_bcc", "p_mel"],
    of: ({ scores: [bcc, mel, nv] }) => [nv ?? 0, bcc ?? 0, mel ?? 0],
    columns: "p_*",
  },
  logits: {
    header: ["z_0", "z_1", "z_2"],
    of: ({ scores }) => scores.map((p) => 3 + Math.log(p)),
    columns: "z_*",
  },
  "one column": {
    header: ["score"],
    of: ({ scores: [bcc] }) => [bcc ?? 0],
    columns: "score",
  },
};

async function tuned(kind: string) {
  const { header, of, columns } = kinds[kind] ?? kinds.logits;
  const place = path.join(folder, kind.replace(" ", "-"));
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
  const binary = kind === "one column";
  for (const [set, all] of Object.entries(sets)) {
    const lines = all.map((row) =>
      [...of(row), binary ? (row.label === 0 ? "yes" : "no") : names[row.label]].join(),
    );
    writeFileSync(path.join(place, `${set}.csv`), [[...header, "dx"].join(), ...lines].join("\n"));
  }
  const features = { train: "train.csv", validation: "validation.csv", test: "test.csv" };
  const configuration = {
    features,
    columns: { scores: columns, labels: "dx" },
    ...(kind === "probabilities" && { classes: names }),
    tuning: { steps: 300, controls: "none" },
  };
  const configurationPath = path.join(place, "selmix.json");
  writeFileSync(configurationPath, JSON.stringify(configuration));
  const scope = { configurationPath, checkpoint: null, workspace: place, trusted: true } as const;
  const result = await runJob<"tune">(
    { kind: "tune", request: { ...scope, trigger: "user", backend: "cpu" } },
    context(),
  );
  return { place, result, scope, binary, classes: binary ? ["no", "yes"] : names };
}

const correctionSchema = z.object({
  scores: z.enum(["probabilities", "logits"]),
  floor: z.number(),
  classes: z.array(z.string()),
  weight: z.array(z.array(z.number())),
  bias: z.array(z.number()),
});

/** A block of code in the docs, by the comment above it. */
function fromDocs(mark: string): string {
  const text = readFileSync(path.resolve("docs/scores.md"), "utf8");
  const [, code = ""] = new RegExp(`<!-- ${mark} -->\\n\`\`\`\\w+\\n(.*?)\`\`\``, "s").exec(text) ?? [];
  return code;
}

describe.each(Object.keys(kinds))("%s", (kind) => {
  let made: Awaited<ReturnType<typeof tuned>>;
  beforeAll(async () => {
    made = await tuned(kind);
  }, 120_000);

  it("are corrected to what was measured, in JavaScript, Python and ONNX", async () => {
    const { result, classes, binary } = made;
    expect(result.checkpoint).toBeNull();
    expect(result.verdict?.decision).toMatch(/^use/);
    expect(result.after.test?.minRecall).toBeGreaterThan((result.before.test?.minRecall ?? 1) + 0.05);
    expect(path.basename(result.output ?? "")).toBe("correction.json");
    const correction = correctionSchema.parse(JSON.parse(readFileSync(result.output ?? "", "utf8")));
    expect(correction.classes).toEqual(classes);
    // In the order of the classes, whatever that of the table.
    const scores = sets.test.map((row) =>
      kind === "probabilities" ? row.scores : [...(kinds[kind]?.of(row) ?? [])].map(Number),
    );
    const corrected: (scores: number[], correction: object) => string = new Function(
      `${fromDocs("javascript")}; return corrected;`,
    )();
    const byScript = scores.map((row) => corrected(row, correction));
    // The recalls of what the script predicts are those that were reported.
    const labels = sets.test.map(({ label }) => (binary ? (label === 0 ? "yes" : "no") : names[label]));
    const recalls = classes.map((name) => {
      const own = labels.flatMap((label, i) => (label === name ? [byScript[i]] : []));
      return own.filter((predicted) => predicted === name).length / own.length;
    });
    expect(result.after.test?.recall.map((recall) => recall?.toFixed(10))).toEqual(
      recalls.map((r) => r.toFixed(10)),
    );
    const python = spawnSync(
      "python3",
      [
        "-c",
        `${fromDocs("python")}\nimport json, sys\nrows, correction = json.load(sys.stdin)\nprint(json.dumps([corrected(row, correction) for row in rows]))`,
      ],
      { input: JSON.stringify([scores, correction]), encoding: "utf8" },
    );
    expect(JSON.parse(python.stdout)).toEqual(byScript);
    const session = await InferenceSession.create((result.output ?? "").replace(/json$/, "onnx"));
    const flat = Float32Array.from(scores.flat());
    const outputs = await session.run({
      scores: new Tensor("float32", flat, [scores.length, flat.length / scores.length]),
    });
    const numbers = outputs.class?.data;
    if (!(numbers instanceof BigInt64Array)) throw new Error("classes are whole numbers");
    expect([...numbers].map((k) => classes[Number(k)])).toEqual(byScript);
  });

  it("are what evaluate measures, without a correction", async () => {
    const { result, scope } = made;
    const evaluated = await runJob<"evaluate">({ kind: "evaluate", ...scope, backend: "cpu" }, context());
    expect(evaluated.checkpoint).toBeNull();
    expect(evaluated.evaluation).toEqual(result.before);
    const argmax = sets.test.filter(
      ({ label, scores }) => scores.indexOf(Math.max(...scores)) === label,
    ).length;
    if (kind !== "one column")
      expect(evaluated.evaluation.test?.accuracy).toBeCloseTo(argmax / sets.test.length, 10);
  });

  it("are taken back and used again as a run kept them", async () => {
    const { result, scope, place } = made;
    const output = result.output ?? "";
    const before = readFileSync(output, "utf8");
    expect((await readChanged(result.runFolder)).map(({ name }) => name)).toContain("bias");
    const run = { runFolder: result.runFolder, workspace: place, trusted: true };
    await runJob<"discard">({ kind: "discard", ...run }, context());
    expect([output, output.replace(/json$/, "onnx")].map((file) => existsSync(file))).toEqual([false, false]);
    await runJob<"use">({ kind: "use", ...run }, context());
    expect(readFileSync(output, "utf8")).toBe(before);
    expect(existsSync(output.replace(/json$/, "onnx"))).toBe(true);
    expect(scope.checkpoint).toBeNull();
  });
});

it("of more columns than a correction can have are refused with what to do instead", async () => {
  const place = path.join(folder, "wide");
  mkdirSync(place);
  const header = ["label", ...Array.from({ length: 5000 }, (_, k) => `p_${k}`)];
  const rows = Array.from({ length: 3 }, (_, row) => [row, ...new Array<number>(5000).fill(0.0002)]);
  writeFileSync(path.join(place, "s.csv"), [header, ...rows].map((row) => row.join(",")).join("\n"));
  const file = path.join(place, "selmix.json");
  const columns = { labels: "label", scores: "p_*" };
  writeFileSync(file, JSON.stringify({ columns, features: { train: "s.csv", validation: "s.csv" } }));
  const asked = { kind: "evaluate", configurationPath: file, checkpoint: null, workspace: place } as const;
  await expect(runJob<"evaluate">(asked, context())).rejects.toThrow(
    /has 5000 scores a row, more than the 4096/,
  );
});

it("have a correction and its model together, or those of before", async () => {
  const target = path.join(folder, "pair/correction.json");
  const files = [target, target.replace(/json$/, "onnx")];
  const form = { kind: "logits", floor: 0 } as const;
  const scored = scoredCheckpoint({ path: "s.csv", form, size: 3, classes: names });
  const bias = (value: number) => [{ name: "bias", values: Float32Array.of(value, 0, 0) }];
  await scored.writeCopy(target, bias(1));
  const before = files.map((file) => readFileSync(file));
  const full = (written: readonly { readonly path: string }[]) => {
    if (written.some((one) => one.path === target)) throw new Error("the disk is full");
  };
  await expect(scored.writeCopy(target, bias(2), { gate: full })).rejects.toThrow("full");
  expect(files.map((file) => readFileSync(file))).toEqual(before);
  await scored.writeCopy(target, bias(2));
  for (const [at, file] of files.entries()) expect(readFileSync(file)).not.toEqual(before[at]);
});

describe("classes that are called by numbers", () => {
  /** Classes as evaluate has them, and accuracy, of labels and columns of scores that are numbers. */
  async function evaluated(labels: readonly number[], columns: readonly number[]) {
    const place = mkdtempSync(path.join(folder, "numbers-"));
    for (const [set, all] of Object.entries(sets)) {
      const header = [...columns.map((column) => `p_${column}`), "label"].join();
      const lines = all.map(({ label, scores }) => [...scores, labels[label]].join());
      writeFileSync(path.join(place, `${set}.csv`), [header, ...lines].join("\n"));
    }
    const configurationPath = path.join(place, "selmix.json");
    const features = { train: "train.csv", validation: "validation.csv", test: "test.csv" };
    writeFileSync(
      configurationPath,
      JSON.stringify({ features, columns: { scores: "p_*", labels: "label" } }),
    );
    const job = { kind: "evaluate", configurationPath, checkpoint: null, backend: "cpu" } as const;
    const { classes, evaluation } = await runJob<"evaluate">(job, context());
    return { classes, accuracy: evaluation.test?.accuracy };
  }
  const right = sets.test.filter(({ label, scores }) => scores.indexOf(Math.max(...scores)) === label);
  const accuracy = right.length / sets.test.length;

  it.each([
    [
      [0, 1, 2],
      [0, 1, 2],
      ["class 0", "class 1", "class 2"],
    ],
    [
      [1, 2, 3],
      [1, 2, 3],
      ["1", "2", "3"],
    ],
    [
      [7, 3, 5],
      [7, 3, 5],
      ["7", "3", "5"],
    ],
    // Columns count from 1, labels from 0: in their order.
    [
      [0, 1, 2],
      [1, 2, 3],
      ["class 0", "class 1", "class 2"],
    ],
  ])("labels %j, columns %j", async (labels, columns, classes) => {
    expect(await evaluated(labels, columns)).toEqual({ classes, accuracy });
  });

  it("are refused where labels count from 1 and columns from 0", async () => {
    await expect(evaluated([1, 2, 3], [0, 1, 2])).rejects.toThrow(/count from 1 to 3.*"firstLabel": 1/);
  });
});
