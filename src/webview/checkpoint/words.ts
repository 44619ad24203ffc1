/** What the page of a checkpoint says. Pure. */
import type { JobResult } from "../../protocol/engine.ts";
import { rankCorrelation } from "../../statistics/rankCorrelation.ts";
import { bytes, count, counted, percent, plain } from "../../words/numbers.ts";

export function headSentence({ head, headProblem }: JobResult<"inspect">): string {
  if (head === null) return `No head: ${headProblem ?? "none was found"}`;
  const bias = head.bias === null ? "without a bias" : `with the bias ${head.bias}`;
  return `${head.weight}, ${bias}: ${count(head.classes)} classes from ${count(head.size)} features. Why: ${head.reason}.`;
}

export function fileSentence({ format, tensors }: JobResult<"inspect">, size: number): string {
  return `${format}, ${counted(tensors.length, "tensor")}, ${bytes(size)}`;
}

const number = (value: number | null) =>
  value === null ? "n/a" : String(Number(value.toPrecision(4))).replace("-", "−");

/** "-0.31 to 0.42, mean 0.0012, deviation 0.051; 3.1 % are 0" */
export function tensorSentence(told: JobResult<"tensor">): string {
  const { seen, total, spread, notFinite, zeros, mean, deviation, low, high } = told;
  const which = spread
    ? `${count(seen)} of ${count(total)} numbers, from end to end`
    : `the first ${count(seen)} of ${count(total)} numbers`;
  const front = seen < total ? ` (of ${which})` : "";
  const broken = notFinite > 0 ? `; ${counted(notFinite, "number is", "numbers are")} NaN or infinite` : "";
  const none = zeros > 0 ? `; ${percent(zeros / Math.max(1, seen), 1)} are 0` : "";
  if (mean === null) return `no finite number${front}${broken}`;
  return `${number(low)} to ${number(high)}, mean ${number(mean)}, deviation ${number(deviation)}${none}${broken}${front}`;
}

/** Whether long rows go with frequent classes: what logit adjustment and norms work against. */
export function normsSentence({ rows }: JobResult<"headRows">): string {
  const known = rows.filter(({ samples }) => samples !== null);
  const correlation =
    known.length < 3
      ? null
      : rankCorrelation(
          known.map(({ norm }) => norm),
          known.map(({ samples }) => samples ?? 0),
        );
  const told = "The length of a class's row of the weight, its bias, and its training samples.";
  if (correlation === null) return told;
  const size = plain(correlation, 2);
  if (correlation > 0.5)
    return `${told} Frequent classes have the longer rows (rank correlation ${size}): the head leans towards them.`;
  if (correlation < -0.5) return `${told} Rare classes have the longer rows (rank correlation ${size}).`;
  return `${told} Lengths have little to do with how frequent classes are (rank correlation ${size}).`;
}
