/**
 * Which rows without labels to label, where bounds are not proved: rows drawn at random, for only those prove; and rows that the head is least sure
 * of, of each predicted class in turn, which help to tune and prove nothing.
 */
import path from "node:path";
import { createFile } from "../../files/replace.ts";
import type { ConstraintVerdict } from "../../protocol/records.ts";
import type { FeatureRows, Head } from "../../selmix/problem.ts";
import { Random } from "../../selmix/random.ts";
import { allLogits, type Evaluator } from "../../selmix/validation/evaluator.ts";
import { className } from "../../words/names.ts";
import { toLabelText } from "../../words/proof.ts";
import type { Prepared } from "../problem/prepare.ts";

/** Rows that help to tune are at most so many. */
const mostForTuning = 100;
/** Entries of logits that are made at once for it; of larger tables nothing is said of margins. */
const mostLogits = 2 ** 26;
/** Stream of the random numbers drawn here. */
const stream = 59;

/** Writes `label.csv` into a run's folder. Returns a sentence about it; null where nothing is lacking, or nobody knows how much. */
export async function writeRowsToLabel(
  prepared: Prepared,
  constraints: readonly ConstraintVerdict[],
  head: Head,
  evaluator: Evaluator,
  runFolder: string,
): Promise<string | null> {
  const { unlabeled } = prepared.problem;
  const wanted = randomRows(prepared, constraints);
  if (unlabeled === undefined || wanted === 0 || unlabeled.count * head.classes > mostLogits) return null;
  const { predicted, margins } = await seen(unlabeled, head, evaluator);
  const random = new Random(prepared.project.configuration.tuning.seed, stream);
  const order = random.shuffle(Array.from({ length: unlabeled.count }, (_unused, row) => row));
  const proving = order.slice(0, wanted);
  const tuning = leastSure(order.slice(wanted), predicted, margins, head.classes);
  const line = (row: number, use: string) =>
    [row, use, JSON.stringify(className(prepared.classes, predicted[row])), margins[row].toPrecision(4)].join(
      ",",
    );
  const lines = [...proving.map((row) => line(row, "proof")), ...tuning.map((row) => line(row, "tuning"))];
  const file = path.join(runFolder, "label.csv");
  createFile(file, `${["row,for,predicted,margin", ...lines].join("\n")}\n`);
  return toLabelText({ file, wanted, available: unlabeled.count });
}

/** Rows to be drawn at random so that there are enough of everyone who is lacking, as frequent as they are among the rows that prove. */
function randomRows({ proof }: Prepared, constraints: readonly ConstraintVerdict[]): number {
  if (proof === null) return 0;
  return constraints.reduce((most, { proof: its }) => {
    const rows = (its?.needed ?? []).map(({ name, rows: more }) => {
      const present = its?.samples.find((each) => each.name === name)?.rows ?? proof.rows.count;
      return Math.ceil((more * proof.rows.count) / Math.max(1, present));
    });
    return Math.max(most, ...rows);
  }, 0);
}

async function seen(rows: FeatureRows, head: Head, evaluator: Evaluator) {
  const set = evaluator.features(rows, head);
  try {
    const logits = await allLogits(set, head);
    const predicted = new Int32Array(rows.count);
    const margins = new Float64Array(rows.count);
    for (let row = 0; row < rows.count; row++) {
      const own = logits.subarray(row * head.classes, (row + 1) * head.classes);
      let winner = 0;
      for (let k = 1; k < head.classes; k++) if (own[k] > own[winner]) winner = k;
      predicted[row] = winner;
      margins[row] =
        own[winner] -
        own.reduce(
          (most, value, k) => (k === winner ? most : Math.max(most, value)),
          Number.NEGATIVE_INFINITY,
        );
    }
    return { predicted, margins };
  } finally {
    set.dispose();
  }
}

/** The rows with the least margins, one of each predicted class in turn. */
function leastSure(
  rows: readonly number[],
  predicted: Int32Array,
  margins: Float64Array,
  classes: number,
): number[] {
  const queues = Array.from({ length: classes }, (): number[] => []);
  for (const row of rows) queues[predicted[row]].push(row);
  for (const queue of queues) queue.sort((a, b) => margins[a] - margins[b]);
  const chosen: number[] = [];
  for (let turn = 0; chosen.length < mostForTuning && queues.some((queue) => queue.length > turn); turn++)
    chosen.push(...queues.flatMap((queue) => queue.slice(turn, turn + 1)));
  return chosen.slice(0, mostForTuning);
}
