/** Everything that can be bounded, on the tape of a confusion matrix: rates, and objectives as one value each. */
import { type ConstraintId, isObjectiveId, type RaisedId } from "../../metrics/catalogue.ts";
import { placesOfLowest } from "../../statistics/lowest.ts";
import { type Attribute, byAttribute } from "./attribute.ts";
import { regrouped, type Summary } from "./confusion.ts";
import { type RateId, rate } from "./measures.ts";
import { formulaOf } from "./objectives.ts";
import { everyClass, type Measures, type ObjectiveContext } from "./shares.ts";

/** What is meant of a metric: some classes, all by default, and groups by one attribute, by all by default. */
export interface Meant {
  readonly classes?: readonly number[];
  readonly attribute?: Attribute;
}

/** Whether a metric is bounded by its formula as an objective. */
export function isWhole(metric: ConstraintId): metric is Exclude<RaisedId, "accuracy"> {
  return isObjectiveId(metric) && metric !== "accuracy";
}

/** Values of a metric. */
export function measure(
  metric: ConstraintId,
  summary: Summary,
  { classes, attribute }: Meant,
  context: ObjectiveContext,
): Measures {
  const seen = attribute ? regrouped(summary, byAttribute(summary.buckets, attribute)) : summary;
  const { subjects, empty, small, ...values } = isWhole(metric)
    ? whole(metric, seen, context)
    : rate(metric satisfies RateId, seen, classes ?? everyClass(seen), context);
  if (attribute === undefined) return { ...values, subjects, empty, small };
  const of = (subject: Measures["subjects"][number]) => ({ ...subject, attribute });
  return { ...values, subjects: subjects.map(of), empty: empty.map(of), small: small.map(of) };
}

/** An objective as it is reported: of parts the lowest themselves, in the place of a softmin. */
function whole(metric: Exclude<RaisedId, "accuracy">, summary: Summary, context: ObjectiveContext): Measures {
  const { parts, lowest, psi } = formulaOf(metric);
  const values = parts?.(summary, context).values.value;
  const subject = { metric, classes: [], groups: [] };
  const none = { subjects: [], values: summary.constant([]), divisors: [] };
  if (values?.length === 0) return { ...none, empty: [subject], small: [] };
  const multipliers = values === undefined ? [] : ofLowest(values, lowest?.(values.length) ?? 1);
  return {
    ...{ subjects: [subject], values: psi(summary, multipliers, context), divisors: [1] },
    ...{ empty: [], small: [] },
  };
}

function ofLowest(values: Float64Array, count: number): Float64Array {
  const weights = new Float64Array(values.length);
  for (const place of placesOfLowest(Array.from(values), count)) weights[place] = 1 / count;
  return weights;
}
