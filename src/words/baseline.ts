/** A checkpoint before any tuning, for a card: whom it fails, how sure that is, and what may be worth tuning for. */
import { metricName, shortName } from "../metrics/catalogue.ts";
import type { SetReport } from "../protocol/evaluation.ts";
import type { Interval } from "../protocol/records.ts";
import { type Evaluated, shownReport } from "./evaluation.ts";
import { named } from "./names.ts";
import { counted, percent, points, range, share } from "./numbers.ts";

/** A recall with its 95 % interval, as shares and in words. */
export interface RecallRow {
  readonly name: string;
  readonly recall: Interval;
  readonly text: string;
  readonly detail: string;
}

export interface Baseline {
  readonly title: string;
  readonly classes: readonly RecallRow[];
  /** Empty where the tables have no groups. */
  readonly groups: readonly RecallRow[];
  readonly advice: string;
}

const shownClasses = 3;
const shownGroups = 2;

interface Measured {
  readonly name: string;
  readonly samples: number;
  readonly recall: Interval | null;
}

function lowestFirst(rows: readonly Measured[], limit: number): RecallRow[] {
  return rows
    .flatMap(({ name, samples, recall }) => (recall === null ? [] : [{ name, samples, recall }]))
    .sort((a, b) => a.recall.value - b.recall.value)
    .slice(0, limit)
    .map(({ name, samples, recall }) => ({
      name,
      recall,
      text: share(recall.value),
      detail: `${range(recall.low, recall.high)}, ${counted(samples, "sample")}`,
    }));
}

/** @param checkpoint what it is called */
export function baselineOf(checkpoint: string, evaluated: Evaluated): Baseline {
  const { set, report } = shownReport(evaluated);
  const classes = report.classes.map((one) => ({ ...one, name: named(one.class) }));
  const groups = (report.groups?.recall ?? [])
    .filter(({ judged }) => judged)
    .map((one) => ({
      ...one,
      name: `${named(one.class)} in ${named(one.group)}`,
    }));
  return {
    title: `${named(checkpoint)} as it is, recall on ${set}`,
    classes: lowestFirst(classes, shownClasses),
    groups: lowestFirst(groups, shownGroups),
    advice: adviceOf(report, lowestFirst(classes, 1)[0]),
  };
}

/** Only what is beyond chance is worth an objective: the interval of the lowest recall ends below the mean. */
function adviceOf({ metrics, samples }: SetReport, lowest: RecallRow | undefined): string {
  const mean = metrics.meanRecall?.value;
  if (lowest === undefined || mean === undefined)
    return `${counted(samples, "sample")} say nothing of any class.`;
  const average = `${metricName("meanRecall")} of ${percent(mean)}`;
  if (lowest.recall.high >= mean)
    return `No class is below the ${average} by more than chance: there may be little to win.`;
  const below = points(mean - lowest.recall.value, 0).replace("+", "");
  return `${lowest.name} is ${below} points below the ${average}, more than chance explains: ${shortName("minRecall")} is the objective for that.`;
}
