/**
 * Adult with bounds between two groups (parity .10, opportunity .15), with and without a proof: what the proof costs. 10,000 validation rows, of
 * which 40 % are held back where a proof is asked for; and 12,000 rows of a table of their own. `uv run bench/quality/make_real_sets.py --sets adult` makes the sets;
 * `node bench/proof/adult.ts` prints the table.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runJob } from "../../src/engine/process/jobs.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import { Random } from "../../src/selmix/random.ts";
import { pValueText } from "../../src/words/proof.ts";
import { makeSafetensors } from "../../test/files/makeSafetensors.ts";

const sets = path.resolve(import.meta.dirname, "../../.cache/quality-real");
const validationRows = 10_000;
const certifyRows = 12_000;
const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

interface Row {
  readonly features: readonly number[];
  readonly label: number;
  readonly group: number;
}

async function rowsOf(file: string): Promise<Row[]> {
  const { rows, labels, attributes, close } = await openFeatureTable(file, {});
  const values = new Float32Array(rows.count * rows.size);
  rows.read(0, rows.count, values, 0);
  close();
  return Array.from({ length: rows.count }, (_unused, row) => ({
    features: Array.from(values.subarray(row * rows.size, (row + 1) * rows.size)),
    label: labels?.codes[row] ?? 0,
    group: attributes[0]?.codes[row] ?? 0,
  }));
}

function table(rows: readonly Row[]): Uint8Array {
  const size = rows[0]?.features.length ?? 0;
  return makeSafetensors({
    features: { dtype: "F32", shape: [rows.length, size], values: rows.flatMap(({ features }) => features) },
    labels: { dtype: "I64", shape: [rows.length], values: rows.map(({ label }) => label) },
    groups: { dtype: "I64", shape: [rows.length], values: rows.map(({ group }) => group) },
  });
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.integer(at + 1);
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

const percent = (share: number | null | undefined) => (share == null ? "" : (100 * share).toFixed(1));
const lines: string[] = [];
for (const seed of [0, 1, 2]) {
  const source = path.join(sets, `adult-seed${seed}`);
  const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-adult-"));
  // What the network was not trained on, divided anew: the sets have fewer validation rows.
  const unseen = [
    ...(await rowsOf(path.join(source, "validation.safetensors"))),
    ...(await rowsOf(path.join(source, "test.safetensors"))),
  ];
  const order = shuffled(unseen, new Random(seed, 5));
  writeFileSync(path.join(folder, "validation.safetensors"), table(order.slice(0, validationRows)));
  const rest = order.slice(validationRows);
  writeFileSync(path.join(folder, "certify.safetensors"), table(rest.slice(0, certifyRows)));
  writeFileSync(path.join(folder, "test.safetensors"), table(rest.slice(certifyRows)));
  const configurationPath = path.join(folder, "selmix.json");
  for (const proof of ["none", "40 % held back", "12,000 rows"]) {
    const configuration = {
      checkpoints: [path.join(source, "head.safetensors")],
      features: {
        train: path.join(source, "train.safetensors"),
        validation: "validation.safetensors",
        test: "test.safetensors",
        ...(proof === "12,000 rows" && { certify: "certify.safetensors" }),
      },
      objective: "meanRecall",
      constraints: [
        { metric: "coverageDifference", atMost: 0.1 },
        { metric: "recallDifference", atMost: 0.15 },
      ],
      ...(proof !== "none" && { confidence: 0.95 }),
      tuning: { seed, controls: "trainingFree" },
      output: "tuned.safetensors",
    };
    writeFileSync(configurationPath, JSON.stringify(configuration));
    const request = { configurationPath, checkpoint: null, allowOutside: true, trigger: "user" } as const;
    const result = await runJob<"tune">({ kind: "tune", request }, context);
    const shown = result.constraints.map(
      ({ status, test, proof }) =>
        `${percent(test?.value)} (${status}${proof ? `, ${pValueText(proof.pValue)}` : ""})`,
    );
    const method = result.verdict?.baseline ?? result.verdict?.method ?? "checkpoint";
    lines.push(
      `| ${seed} | ${proof} | ${result.verdict?.decision} (${method}) | ${percent(result.after.test?.meanRecall)} | ${percent(result.after.test?.accuracy)} | ${shown.join(" | ")} | ${result.seconds.total.toFixed(0)} |`,
    );
    process.stderr.write(`${lines.at(-1)}\n${result.verdict?.sentence}\n`);
  }
  rmSync(folder, { recursive: true });
}
process.stdout.write(
  `${["| seed | proof | verdict | mean recall on test, % | accuracy | parity on test (bound 10) | opportunity (bound 15) | seconds |", "|---|---|---|---|---|---|---|---|", ...lines].join("\n")}\n`,
);
