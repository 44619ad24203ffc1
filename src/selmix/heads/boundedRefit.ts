/**
 * Heads fitted to train by likelihood under the bounds: cross-entropy, each row counting by what one more right row of its kind is worth
 * to the objective, less a penalty on what softened predictions miss of the bounds, mu missed^2, for ever larger mu (the quadratic
 * penalty method; Nocedal and Wright, 2006, section 17.1). Offsets and pairs of classes lead to bounds between groups along few
 * directions; where several bounds are to be kept together (equalized odds) that costs much of the objective, and train has rows
 * enough to find better ones. Counts of predictions, however they are smoothed, give a slope to rows near the border alone; a
 * likelihood and wide kernels are moved by all rows, and do not end where everybody is predicted alike.
 */
import { comparisons } from "../confusion/betweenGroups.ts";
import { type Confusion, ConfusionSummary } from "../confusion/confusion.ts";
import type { Constraint } from "../confusion/constraints.ts";
import { needsGroups } from "../confusion/objectives.ts";
import { rowsOfBuckets, sampledRows } from "../mixing/sampledRows.ts";
import type { Bucket, Head, Problem } from "../problem.ts";
import { rateAt, Yielder } from "../schedule.ts";
import { type Goal, multipliersOf, slacksOf, steer, withoutMargins } from "../steering/steering.ts";
import { Adam } from "./adam.ts";
import { type Derivatives, SoftPredictions, softmax } from "./softPredictions.ts";

/** Numbers of features, times classes, that are gone through in a pass. */
const PASS = 4e6;
/** The penalties mu in turn, and the passes that each of them gets. */
const PENALTIES = [1, 3, 10, 30, 100, 300];
const PASSES = 60;
/** Rate of Adam, for features that spread by 1. */
const RATE = 0.05;
/** Ridge on the weights, in the same units. */
const RIDGE = 2e-4;
/** Temperature of the predictions that the bounds look at; 0 would be the hard ones. */
const TEMPERATURE = 0.5;

/** The refits where bounds compare groups, else none. */
export async function refitsUnder(problem: Problem, goal: Goal, signal?: AbortSignal): Promise<Head[]> {
  return goal.constraints.some(({ metric }) => needsGroups(metric))
    ? boundedRefits(problem, goal, signal)
    : [];
}

/**
 * A head for each penalty, from the best likelihood to the least missed; none where the head has no bias, or train lacks rows of somebody.
 * @param problem in conditioned coordinates
 * @throws the reason of a signal that is aborted
 */
export async function boundedRefits(problem: Problem, goal: Goal, signal?: AbortSignal): Promise<Head[]> {
  const { head, classes } = problem;
  if (head.bias === null) return [];
  const sample = rowsOfBuckets(sampledRows(problem.train, PASS / classes), problem.buckets.length);
  const buckets = weighedAsValidation(problem, sample.buckets);
  if (buckets === null) return [];
  const train = new SoftPredictions({ ...problem, buckets }, sample);
  // Of no consequence for predictions; probabilities stay about as sure as they were.
  const spread = train.spread(head);
  if (!(spread > 0)) return [];
  const fitted = await penalised(
    train,
    nearerToEquality(goal),
    scaled(head, 1 / spread),
    new Yielder(signal),
  );
  return fitted.map((one) => scaled(one, spread / train.spread(one)));
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

/** What is kept by just so much on train's rows is missed on others half of the time: groups are to be half as far apart as they may. */
function nearerToEquality(goal: Goal): Goal {
  // Comparisons are bounded by numbers alone, never relative to the checkpoint.
  const half = (limit: Constraint["atMost"], equal: number) =>
    typeof limit === "number" ? (limit + equal) / 2 : limit;
  const constraints = goal.constraints.map(
    (constraint): Constraint =>
      constraint.metric in comparisons
        ? { ...constraint, atMost: half(constraint.atMost, 0), atLeast: half(constraint.atLeast, 1) }
        : constraint,
  );
  return { ...withoutMargins(goal), constraints };
}

/** The head after the passes of each penalty: Adam, its rate falling to 0 along half a cosine for each of them. */
async function penalised(train: SoftPredictions, goal: Goal, from: Head, yielder: Yielder): Promise<Head[]> {
  const { classes, head } = train.problem;
  const weights = classes * head.size;
  const ascent = new Adam(Float64Array.from([...from.weight, ...(from.bias ?? [])]));
  const heads: Head[] = [];
  let fitted = from;
  for (const penalty of PENALTIES) {
    for (let pass = 0; pass < PASSES; pass++) {
      const logits = train.logits(fitted);
      const [sure, soft] = [1, TEMPERATURE].map((temperature) => softmax(logits, classes, temperature));
      const { objective, bounds } = derivatives(train.confusion(soft), goal, penalty);
      const gradient = train.gradient(train.slopes(sure, soft, TEMPERATURE, { objective, bounds }));
      for (let at = 0; at < weights; at++) gradient[at] -= RIDGE * ascent.parameters[at];
      ascent.step(gradient, rateAt(RATE, pass, { from: 0, to: PASSES }));
      fitted = {
        ...from,
        weight: Float32Array.from(ascent.parameters.subarray(0, weights)),
        bias: Float32Array.from(ascent.parameters.subarray(weights)),
      };
      await yielder.after(2 * train.size * ascent.parameters.length);
    }
    heads.push(fitted);
  }
  return heads;
}

/** d / d C [B,K] of the objective, and of the penalty: -mu sum missed^2. */
function derivatives(confusion: Confusion, goal: Goal, penalty: number): Derivatives {
  const free = { ...goal, constraints: [] };
  const multipliers = {
    objective: multipliersOf(confusion, free).objective,
    constraints: new Float64Array(0),
  };
  const slacks = slacksOf(new ConfusionSummary(confusion), goal)?.value ?? new Float64Array(0);
  const constraints = slacks.map((slack) => 2 * penalty * Math.max(0, -slack));
  const of = (own: Goal, by: typeof multipliers) =>
    steer(confusion, own, by, (derivative) => derivative).derivative.values;
  const objective = of(free, multipliers);
  const together = of(goal, { ...multipliers, constraints });
  return { objective, bounds: together.map((value, at) => value - objective[at]) };
}

function scaled(head: Head, factor: number): Head {
  const times = (values: Float32Array) => values.map((value) => factor * value);
  return { ...head, weight: times(head.weight), bias: head.bias && times(head.bias) };
}
