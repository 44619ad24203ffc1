/**
 * A head fitted to train by the goal itself: up the gradient of the objective under the bounds, by smoothed counts of train's rows,
 * all of them at once. Offsets and pairs of classes lead to bounds between groups along few directions. Where several bounds are to be
 * kept together (equalized odds) that costs much of the objective, and train has rows enough to find better ones.
 */
import { confusionFromCounts } from "../confusion/confusion.ts";
import { type SampledRows, sampledRows } from "../mixing/sampledRows.ts";
import type { Bucket, Head, Problem } from "../problem.ts";
import { rateAt, Yielder } from "../schedule.ts";
import { innerProducts } from "../steering/gainInFloat64.ts";
import { Memory } from "../steering/memory.ts";
import { Shares, type ValidationPass, ValidationPassBuilder } from "../steering/smoothing.ts";
import { type Goal, multipliersOf, steer } from "../steering/steering.ts";

/** Numbers of features, times classes, that are gone through in a pass. */
const PASS = 4e6;
const PASSES = 200;
/** Rate of Adam and what its averages keep (Kingma and Ba, 2015), for weights under which margins spread by 1. */
const RATE = 0.05;
const [MEAN_KEPT, SQUARE_KEPT] = [0.9, 0.99];
/** Ridge on the weights, in the same units. */
const RIDGE = 0.01;
/** Passes after which the multipliers remember what is missed. */
const PRESSED = 5;

/**
 * The head; null where it has no bias, or train lacks rows of somebody.
 * @param problem in conditioned coordinates
 * @throws the reason of a signal that is aborted
 */
export async function boundedRefit(problem: Problem, goal: Goal, signal?: AbortSignal): Promise<Head | null> {
  const { head, classes } = problem;
  if (head.bias === null) return null;
  const sample = sampledRows(problem.train, PASS / classes);
  const buckets = weighedAsValidation(problem, sample.buckets);
  if (buckets === null) return null;
  const train = new Train({ ...problem, buckets }, sample);
  // Of no consequence for predictions; probabilities stay about as sure as they were.
  const spread = train.look(head, 0, false).spread;
  if (!(spread > 0)) return null;
  const fitted = await ascend(train, goal, scaled(head, 1 / spread), new Yielder(signal));
  return scaled(fitted, spread / train.look(fitted, 0, false).spread);
}

/** Buckets that count as much among train's rows as they do among validation's (docs/method.md, eq. (37)); null where one has no rows. */
function weighedAsValidation({ buckets, validation }: Problem, bucketOf: Int32Array): Bucket[] | null {
  const [here, there] = [bucketOf, validation.buckets].map((all) => {
    const counts = new Float64Array(buckets.length);
    for (const bucket of all) counts[bucket]++;
    return counts;
  });
  if (here.some((rows) => rows === 0)) return null;
  return buckets.map((bucket, b) => ({ ...bucket, weight: ((bucket.weight ?? 1) * there[b]) / here[b] }));
}

/** Train's rows as heads are looked at on them. */
class Train {
  readonly problem: Problem;
  readonly #sample: SampledRows;
  readonly #labels: Int32Array;
  readonly #shares: Shares;

  constructor(problem: Problem, sample: SampledRows) {
    this.problem = problem;
    this.#sample = sample;
    this.#labels = Int32Array.from(problem.buckets, ({ label }) => label);
    this.#shares = new Shares(sample.buckets.length, problem.classes);
  }

  /** Rows. */
  get size(): number {
    return this.#sample.buckets.length;
  }

  look(head: Head, spread: number, slopes: boolean): ValidationPass {
    const { classes, buckets } = this.problem;
    const weighing = { ofBuckets: Float64Array.from(buckets, ({ weight = 1 }) => weight) };
    const shares = slopes ? this.#shares : null;
    const builder = new ValidationPassBuilder(
      this.#labels,
      classes,
      this.#sample.buckets,
      spread,
      shares,
      weighing,
    );
    builder.add(this.#logits(head), 0);
    return builder.finish();
  }

  /** [n,K]; many rows go through a product side by side, where classes are few. */
  #logits({ classes, size, weight, bias }: Head): Float64Array {
    const byClass = innerProducts(weight, this.#sample.values, size, 0);
    const rows = this.size;
    const logits = new Float64Array(byClass.length);
    for (let k = 0; k < classes; k++)
      for (let row = 0; row < rows; row++)
        logits[row * classes + k] = byClass[k * rows + row] + (bias?.[k] ?? 0);
    return logits;
  }

  /** d psi / d (weight [K,d], then bias [K]), from D = d psi / d C at a look. */
  gradient(look: ValidationPass, derivative: Float64Array): Float64Array {
    const { classes, head } = this.problem;
    const { values } = this.#sample;
    const { size } = head;
    const result = new Float64Array(classes * (size + 1));
    const biases = result.subarray(classes * size);
    look.slopes?.(derivative, (row, label, slope) => {
      // The slopes of a row add up to 0: those of the first class follow from the others'.
      if (slope === 0 || label === 0) return;
      const [from, to] = [row * size, label * size];
      for (let i = 0; i < size; i++) result[to + i] += slope * values[from + i];
      biases[label] += slope;
    });
    for (let at = size; at < classes * size; at++) result[at % size] -= result[at];
    for (let k = 1; k < classes; k++) biases[0] -= biases[k];
    return result;
  }
}

/** Adam along the gradient, the rate falling to 0 along half a cosine. */
async function ascend(train: Train, goal: Goal, from: Head, yielder: Yielder): Promise<Head> {
  const { buckets, classes, head } = train.problem;
  const weights = classes * head.size;
  const memory = new Memory(1);
  let spread = train.look(from, 0, false).spread;
  let fitted = from;
  const parameters = Float64Array.from([...from.weight, ...(from.bias ?? [])]);
  const mean = new Float64Array(parameters.length);
  const square = new Float64Array(parameters.length);
  for (let pass = 1; pass <= PASSES; pass++) {
    const look = train.look(fitted, spread, true);
    ({ spread } = look);
    const confusion = confusionFromCounts(look.smooth, buckets, classes);
    const press = (slacks: Float64Array) =>
      pass % PRESSED === 1 ? memory.press(slacks) : memory.pressedBy(slacks);
    const multipliers = multipliersOf(confusion, goal, confusion, press);
    const { derivative } = steer(confusion, goal, multipliers, (slopes) => slopes);
    const gradient = train.gradient(look, derivative);
    const rate = rateAt(RATE, pass, { from: 0, to: PASSES });
    for (let at = 0; at < parameters.length; at++) {
      const slope = gradient[at] - (at < weights ? RIDGE * parameters[at] : 0);
      mean[at] = MEAN_KEPT * mean[at] + (1 - MEAN_KEPT) * slope;
      square[at] = SQUARE_KEPT * square[at] + (1 - SQUARE_KEPT) * slope ** 2;
      const [first, second] = [mean[at] / (1 - MEAN_KEPT ** pass), square[at] / (1 - SQUARE_KEPT ** pass)];
      parameters[at] += (rate * first) / (Math.sqrt(second) + 1e-8);
    }
    fitted = {
      ...from,
      weight: Float32Array.from(parameters.subarray(0, weights)),
      bias: Float32Array.from(parameters.subarray(weights)),
    };
    await yielder.after(2 * train.size * parameters.length);
  }
  return fitted;
}

function scaled(head: Head, factor: number): Head {
  const times = (values: Float32Array) => values.map((value) => factor * value);
  return { ...head, weight: times(head.weight), bias: head.bias && times(head.bias) };
}
