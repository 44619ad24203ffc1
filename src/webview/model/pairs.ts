/** Gain and policy of class pairs, in words and as a picture. Pure. */
import type { RunSnapshot } from "../../protocol/panels.ts";
import type { CycleRecord } from "../../protocol/records.ts";
import type { Comparison } from "../../words/comparison.ts";
import { gainPerCycle } from "../../words/cycles.ts";
import { named } from "../../words/names.ts";
import { count, counted, percent, plain, share, signed, significant } from "../../words/numbers.ts";
import { MatrixPicture } from "../pictures/matrix.ts";
import { largestMagnitude } from "../pictures/matrixRaster.ts";
import type { MatrixView } from "../pictures/matrixView.ts";
import type { Table } from "../shared/picture.ts";
import type { GainMatrices } from "../shared/runStore.ts";
import { type Sorting, sortBuckets } from "./sorting.ts";

export const matrixKinds = [
  { value: "gain", label: "Gain" },
  { value: "policy", label: "Policy" },
] as const;
export type MatrixKind = (typeof matrixKinds)[number]["value"];

/** The partner's part in a mix: 1 minus the mean of the mixing factor's range [0.6, 1] (docs/method.md, eq. (23)). */
const partnerShare = 0.2;
const cellsInTable = 400;

/** A pair of buckets: the first gives the label, the second is mixed in. */
export interface Pair {
  readonly row: number;
  readonly column: number;
  readonly gain: number;
  /** How often it is drawn; null where that is not known yet. */
  readonly share: number | null;
}

/** Gain or policy of all pairs; null where it has not come yet. */
function valuesOf(matrices: GainMatrices, kind: MatrixKind): Float32Array | null {
  return kind === "gain" ? matrices.gain : matrices.policy;
}

/** The pairs with the largest values, largest first; equal ones in order. One pass, so that a million pairs are quick. */
export function bestPairs(matrices: GainMatrices, size: number, kind: MatrixKind, wanted: number): Pair[] {
  const values = valuesOf(matrices, kind) ?? new Float32Array();
  const best: number[] = [];
  let floor = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    if (best.length === wanted && value <= floor) continue;
    let place = best.length;
    while (place > 0 && (values[best[place - 1] ?? 0] ?? 0) < value) place -= 1;
    best.splice(place, 0, at);
    if (best.length > wanted) best.pop();
    floor = values[best.at(-1) ?? 0] ?? 0;
  }
  return best.map((at) => pairAt(matrices, size, at));
}

function pairAt(matrices: GainMatrices, size: number, at: number): Pair {
  return {
    row: Math.floor(at / size),
    column: at % size,
    gain: matrices.gain[at] ?? 0,
    share: matrices.policy?.[at] ?? null,
  };
}

/** "shirt mixed with 20 % t-shirt". */
export function pairName(names: readonly string[], pair: Pair): string {
  const [row, column] = [named(names[pair.row] ?? ""), named(names[pair.column] ?? "")];
  return pair.row === pair.column
    ? `${row} mixed with other ${row}`
    : `${row} mixed with ${percent(partnerShare)} ${column}`;
}

function drawn(often: number): string {
  return often === 0 ? "never drawn" : `drawn ${share(often)} of the time`;
}

/** What a gain comes to in a cycle, in points; where that is not known, the bare number. */
export function gainText(gain: number, scale: number | null): string {
  return scale === null
    ? `predicted ${significant(gain)}`
    : `${significant(100 * scale * gain)} points per cycle if trained on alone`;
}

/** "shirt mixed with 20 % t-shirt: +0.31 points per cycle if trained on alone, drawn 4.2 % of the time". */
export function pairInWords(names: readonly string[], pair: Pair, scale: number | null): string {
  const often = pair.share === null ? "" : `, ${drawn(pair.share)}`;
  return `${pairName(names, pair)}: ${gainText(pair.gain, scale)}${often}`;
}

/** A class stands out when it gets this many times its even share of the training. */
const standsOut = 2;

const howItWorks =
  "Each cycle predicts, for every pair of classes, how much training on mixes of their samples would raise the objective, and draws the pairs that help, the better the more often.";

/** What the lowest recall consists of in a cycle, for runs tuned for it: training is where that is. */
function lowestRecall(snapshot: RunSnapshot, cycle: CycleRecord | undefined): string {
  const weights = cycle?.multipliers.objective ?? [];
  const { multipliers, objective } = snapshot.run;
  const hardest = weights.reduce((most, weight, at) => (weight > (weights[most] ?? 0) ? at : most), 0);
  const [name] = multipliers?.objective[hardest]?.classes ?? [];
  if (objective !== "minRecall" || name === undefined) return "";
  return `The objective is the lowest recall, and ${named(name)} weighs most in it now (${percent(weights[hardest] ?? 0)}).`;
}

/** What the policy does in a cycle, for someone who has never heard of it. */
export function pairsHeadline(
  snapshot: RunSnapshot,
  matrices: GainMatrices,
): { claim: string; details: string[] } {
  const names = snapshot.run.buckets.map((bucket) => bucket.name);
  const size = names.length;
  const cycle = snapshot.history.find((each) => each.cycle === matrices.cycle);
  const positive = cycle?.positiveGains ?? matrices.gain.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
  if (positive === 0) {
    return {
      claim: `In cycle ${matrices.cycle}, no pair of classes is predicted to help.`,
      details: ["Pairs are drawn evenly until one does."],
    };
  }
  const helpful = `${counted(positive, "pair")} of ${count(size * size)} ${positive === 1 ? "is" : "are"} predicted to help.`;
  const how = [howItWorks, lowestRecall(snapshot, cycle)];
  const details = (...sentences: string[]) => sentences.filter((sentence) => sentence !== "");
  if (matrices.policy === null)
    return { claim: `In cycle ${matrices.cycle}, ${helpful}`, details: details(...how) };
  const top = bestPairs(matrices, size, "policy", 1)[0];
  const scale = gainPerCycle(snapshot.history, matrices.cycle);
  return {
    claim: mostTrained(names, matrices.cycle, matrices.policy),
    details: details(
      ...how,
      helpful,
      top === undefined ? "" : `Most drawn: ${pairInWords(names, top, scale)}.`,
    ),
  };
}

/** Which class most of a cycle's training is on. */
function mostTrained(names: readonly string[], cycle: number, policy: Float32Array): string {
  const size = names.length;
  let most = 0;
  let mostShare = 0;
  for (let row = 0; row < size; row += 1) {
    const sum = policy.subarray(row * size, (row + 1) * size).reduce((total, each) => total + each, 0);
    if (sum > mostShare) [most, mostShare] = [row, sum];
  }
  const favourite = named(names[most] ?? "");
  return mostShare < standsOut / size
    ? `In cycle ${cycle}, the training is spread over many classes; ${favourite} gets most, ${share(mostShare)}.`
    : `In cycle ${cycle}, ${percent(mostShare, mostShare < 0.1 ? 1 : 0)} of the training is on ${favourite}.`;
}

function table(
  names: readonly string[],
  matrices: GainMatrices,
  kind: MatrixKind,
  order: readonly number[],
  title: string,
  scale: number | null,
): Table {
  const size = names.length;
  const all = size * size <= cellsInTable;
  const pairs = all
    ? order.flatMap((row) => order.map((column) => pairAt(matrices, size, row * size + column)))
    : bestPairs(matrices, size, kind, cellsInTable);
  return {
    caption: all ? title : `${title}: the ${cellsInTable} largest`,
    columns: [
      { key: "label", label: "Label's class" },
      { key: "partner", label: "Partner" },
      scale === null
        ? { key: "gain", label: "Gain", show: significant }
        : { key: "gain", label: "Gain (points per cycle)", show: significant },
      { key: "policy", label: "Drawn", show: (value) => percent(value, 2) },
    ],
    rows: pairs.map((pair) => [
      ...[names[pair.row] ?? "", names[pair.column] ?? ""],
      scale === null ? pair.gain : 100 * scale * pair.gain,
      pair.share,
    ]),
  };
}

/** A gain within its cell: ".25", "−.012"; nothing where it would read as 0. */
function shortGain(value: number, largest: number): string {
  const digits = Math.max(0, Math.min(largest < 0.01 ? 4 : 3, 2 - Math.floor(Math.log10(largest))));
  const shown = signed(value, digits);
  return Number(shown.replace("−", "-")) === 0 ? "" : shown.replace("0.", ".");
}

/** The heat map of gain or policy. Rows give the label, columns the partner. */
export function pairsPicture(
  snapshot: RunSnapshot,
  matrices: GainMatrices,
  comparison: Comparison,
  kind: MatrixKind,
  sorting: Sorting,
  matrixView: MatrixView,
  markNegative: boolean,
): MatrixPicture | null {
  const names = snapshot.run.buckets.map((bucket) => bucket.name);
  const size = names.length;
  const scale = gainPerCycle(snapshot.history, matrices.cycle);
  const factor = scale === null ? 1 : 100 * scale;
  const values = valuesOf(matrices, kind);
  if (values?.length !== size * size || matrices.gain.length !== size * size) return null;
  const order = sortBuckets(comparison.buckets, sorting).map((bucket) => bucket.index);
  const largest = largestMagnitude(values);
  const title = `${kind === "gain" ? "Gain" : "Policy"} of class pairs, cycle ${matrices.cycle}`;
  const best = bestPairs(matrices, size, kind, 1)[0];
  const meaning =
    kind === "gain"
      ? `How much each mix alone is predicted to raise the objective${scale === null ? "" : ", in points per cycle"}: what raises it and what lowers it have colours of their own.`
      : "How often each mix is drawn.";
  return new MatrixPicture({
    title,
    fileStem: `${kind}-cycle-${matrices.cycle}`,
    sentence: `${meaning}${best === undefined ? "" : ` Largest: ${pairInWords(names, best, scale)}.`}`,
    data: { values, rows: size, columns: size, rowOrder: order, columnOrder: order },
    rowNames: names,
    columnNames: names,
    rowAxis: "label",
    columnAxis: "partner",
    colouring: kind === "gain" ? "diverging" : "share",
    showScale: (value) =>
      kind === "gain" ? significant(factor * value) : percent(value, value < 0.1 ? 1 : 0),
    showCell: (value) =>
      kind === "gain"
        ? shortGain(factor * value, factor * largest)
        : value < 0.0005
          ? ""
          : plain(100 * value, 1),
    read: (row, column) => `${pairInWords(names, pairAt(matrices, size, row * size + column), scale)}.`,
    matrixView,
    markNegative,
    table: () => table(names, matrices, kind, order, title, scale),
  });
}
