/** What a bound would be about, before it is set: each metric's value now, by how many samples, and what can be judged by them. */
import { type ConstraintId, constraintIds, metricOf } from "../metrics/catalogue.ts";
import type { GroupMetric, SetReport, SideMetric } from "../protocol/evaluation.ts";
import type { Interval } from "../protocol/records.ts";
import { listed, named } from "./names.ts";
import { counted, percent, range, share } from "./numbers.ts";

export interface Offer {
  /** "29 points now (5 to 52)" */
  readonly now: string;
  /** "class 6, dark against light; 18 samples in dark: too few to judge" */
  readonly detail: string;
}

/** A value with the samples that speak for it: those of the smaller side, where two are compared. */
interface Standing {
  readonly value: Interval;
  readonly who: string;
  readonly samples: { readonly count: number; readonly of: string };
}

/** One side of the 90 % limit that a bound is held to, in halves of the 95 % interval. */
const oneSided = 1.2816 / 1.96;
/** A bound that is said to hold only with more room than this says little of the value. */
const mostRoom = 0.1;

/** What is known of each metric that can be bounded; those that a report does not have are left out. */
export function constraintOffers(report: SetReport): ReadonlyMap<ConstraintId, Offer> {
  const offers = constraintIds.flatMap((metric): [ConstraintId, Offer][] => {
    const unit = metricOf(metric).unit;
    if (metric === "coverage") return coverageOffer(report).map((offer) => [metric, offer]);
    const inGroups = report.groups?.metrics.find((one) => one.metric === metric);
    const ofSide = report.sides.find((one) => one.metric === metric);
    const measured = inGroups ?? ofSide;
    if (measured && measured.value === null) {
      const detail = `not judged: ${measured.unmeasured ?? "it has no samples."}`;
      return [[metric, { now: "not judged", detail }]];
    }
    const standing = inGroups
      ? ofGroups(inGroups)
      : ofSide
        ? sideStanding(ofSide)
        : ofClasses(report, metric);
    return standing === null ? [] : [[metric, offerOf(standing, unit)]];
  });
  return new Map(offers);
}

function offerOf({ value, who, samples }: Standing, unit: "share" | "difference" | "ratio"): Offer {
  const room = ((value.high - value.low) / 2) * oneSided;
  const size = `${counted(samples.count, "sample")}${samples.of === "" ? "" : ` in ${samples.of}`}`;
  const judged =
    room > mostRoom
      ? "too few to judge"
      : unit === "difference"
        ? `bounds from about ${inPoints(room)} on can be judged`
        : `a bound needs about ${inPoints(room)} of room to hold`;
  return {
    now: `${valueText(value.value, unit)} now (${intervalText(value, unit)})`,
    detail: `${who === "" ? "" : `${who}; `}${size}: ${judged}`,
  };
}

function valueText(value: number, unit: "share" | "difference" | "ratio"): string {
  return unit === "difference" ? inPoints(value) : share(value);
}

function intervalText({ low, high }: Interval, unit: "share" | "difference" | "ratio"): string {
  return unit === "difference" ? `${Math.round(100 * low)} to ${Math.round(100 * high)}` : range(low, high);
}

/** A difference of shares: "29 points". */
function inPoints(value: number): string {
  const size = 100 * value < 9.95 ? (100 * value).toFixed(1) : (100 * value).toFixed(0);
  return `${size} points`;
}

function ofGroups({ value, low, high, classes, groups, samples }: GroupMetric): Standing | null {
  if (value === null || low === null || high === null) return null;
  const names = groups.map(named);
  const who = [classes.map(named).join(", "), names.join(" against ")]
    .filter((part) => part !== "")
    .join(", ");
  const count = Math.min(...samples);
  return {
    value: { value, low, high },
    who,
    samples: { count, of: names.length > 1 ? (names[samples.indexOf(count)] ?? "") : "" },
  };
}

/** A mean over classes is judged by the samples of all of them. */
function sideStanding({ value, classes, samples }: SideMetric): Standing | null {
  return (
    value && { value, who: `over ${listed(classes.map(named), 4)}`, samples: { count: samples, of: "" } }
  );
}

/** Of a metric that each class has, the lowest; of the whole set, itself. */
function ofClasses({ classes, metrics, samples }: SetReport, metric: ConstraintId): Standing | null {
  if (metric !== "recall" && metric !== "precision") {
    const value = metrics[metric];
    return value === undefined ? null : { value, who: "", samples: { count: samples, of: "" } };
  }
  const known = classes.flatMap((one) => {
    const value = one[metric];
    return value === null ? [] : [{ ...one, value }];
  });
  const lowest = known.toSorted((a, b) => a.value.value - b.value.value)[0];
  if (lowest === undefined) return null;
  const count = metric === "recall" ? lowest.samples : lowest.predicted;
  return { value: lowest.value, who: `lowest of ${named(lowest.class)}`, samples: { count, of: "" } };
}

/** Between the class that is predicted least and the one that is predicted most. */
function coverageOffer({ classes, samples }: SetReport): Offer[] {
  const sorted = classes.toSorted((a, b) => a.predicted - b.predicted);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined || samples === 0) return [];
  const [low, high] = [least.predicted / samples, most.predicted / samples];
  return [
    {
      now: `${percent(low, 1)} to ${percent(high, 1)} now`,
      detail: `least of ${named(least.class)}, most of ${named(most.class)}; ${counted(samples, "sample")}`,
    },
  ];
}
