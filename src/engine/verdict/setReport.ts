/** What an evaluation says of one head on one set: each class, each group, and who was taken for whom; every row counts. */

import { type ConstraintId, constraintIds, metricOf } from "../../metrics/catalogue.ts";
import type {
  ConfusionTable,
  GroupMetric,
  GroupsRecord,
  SetReport,
  SideMetric,
} from "../../protocol/evaluation.ts";
import type { Interval } from "../../protocol/records.ts";
import { type Attribute, byAttribute } from "../../selmix/confusion/attribute.ts";
import { isWhole } from "../../selmix/confusion/bounded.ts";
import { ConfusionSummary, exactConfusion } from "../../selmix/confusion/confusion.ts";
import { boundedValues } from "../../selmix/confusion/constraints.ts";
import { asMatrix, type Counts, valueAt } from "../../selmix/confusion/matrix.ts";
import { groupsOf, type Subject } from "../../selmix/confusion/shares.ts";
import { isSupported } from "../../selmix/confusion/support.ts";
import { countPredictions, talliesByClass, talliesFromCounts } from "../../selmix/confusion/tallies.ts";
import { accuracyEstimate, classRates, rowsByClass } from "../../selmix/estimates/boundEstimates.ts";
import { metricIntervals } from "../../selmix/estimates/metricChanges.ts";
import { intervalOf } from "../../statistics/estimate.ts";
import { limits, shareOf } from "../../statistics/intervals.ts";
import { className, groupName, isGrouped } from "../../words/names.ts";
import { everyChange } from "../../words/sets.ts";
import type { Measured } from "../measure/measured.ts";
import { countMeant, meantRows, rowsInGroups } from "../problem/meantRows.ts";
import type { Prepared } from "../problem/prepare.ts";
import { type CountedRows, rowsOf } from "../tables/buckets.ts";
import { intervalFor, named, nearest, reasonOf, unjudged } from "./verdicts.ts";

/** More counts than this are not listed: nobody reads them, and as text they would take tens of megabytes. */
const mostCounts = 2 ** 22;

/** The whole of it. @param measured what the head makes of the rows of `set` */
export function setReportOf(prepared: Prepared, set: CountedRows, measured: Measured): SetReport {
  const { cells, classes, isHead } = prepared;
  const { predictions } = measured;
  const paired = {
    ...{ buckets: set.supported, classes: classes.length, bucketOf: set.cells },
    ...{ before: predictions, after: predictions },
    ...(set.weights && { weights: set.weights }),
  };
  const { objective } = prepared.project.configuration;
  const changes = everyChange(metricIntervals(paired, isHead, objective));
  const metrics = changes.map(([metric, { after }]) => [metric, after] as const);
  return {
    samples: set.rows.count,
    metrics: Object.fromEntries(metrics),
    classes: classRecords(prepared, set, measured),
    confusion: confusionOf(countPredictions(predictions, set.labels, classes.length, classes.length), {
      rows: classes,
      columns: classes,
    }),
    groups: isGrouped(cells) ? groupsRecordOf(prepared, set, measured) : null,
    sides: boundableOf("frequency").flatMap((metric) => sideMetrics(prepared, set, measured, metric)),
  };
}

function counted(part: number, whole: number): Interval | null {
  return whole > 0 ? limits(shareOf(part / whole, whole)) : null;
}

/** `samples` and `predicted` are rows; what is a share of the population is so by what they count for. */
function classRecords(
  { cells, classes }: Prepared,
  set: CountedRows,
  { counts, weighed, predictions }: Measured,
): SetReport["classes"] {
  const tallies = talliesFromCounts(counts, cells, classes.length);
  const { support: samples } = talliesByClass(tallies);
  const meant = talliesFromCounts(weighed, cells, classes.length);
  const { correct, support } = talliesByClass(meant);
  const rates = classRates(rowsOf(classes.length, set, predictions));
  return classes.map((name, label) => {
    const mass = support[label] + meant.predicted[label];
    return {
      ...{ class: name, samples: samples[label], predicted: tallies.predicted[label] },
      recall: limits(rates.recall.get(label) ?? null),
      precision: limits(rates.precision.get(label) ?? null),
      f1: mass > 0 ? (2 * correct[label]) / mass : null,
    };
  });
}

function confusionOf(
  counts: Counts,
  { rows, columns }: { readonly rows: readonly string[]; readonly columns: readonly string[] },
): ConfusionTable | null {
  if (rows.length * columns.length > mostCounts) return null;
  const matrix = asMatrix(counts, rows.length, columns.length);
  return {
    ...{ rows: [...rows], columns: [...columns] },
    counts: rows.map((_, row) => columns.map((_name, column) => valueAt(matrix, row, column))),
  };
}

function groupsRecordOf(prepared: Prepared, set: CountedRows, measured: Measured): GroupsRecord {
  const { cells, classes, groupNames, attributes, project } = prepared;
  const { counts, predictions } = measured;
  const nameOf = (group: number) => groupName(groupNames, group);
  const rows = rowsOf(classes.length, set, predictions);
  const { correct, support } = talliesFromCounts(counts, cells, classes.length);
  // Of several attributes each is told, and then all together.
  const single = attributes.length > 1 ? attributes : [];
  const accuracyBy = (attribute?: Attribute) => {
    const counted = attribute ? { ...rows, buckets: byAttribute(rows.buckets, attribute) } : rows;
    return groupsOf(counted.buckets).map((group) => {
      const of = rowsByClass(counted, group);
      const samples = of.strata.length;
      const name = attribute ? groupName(attribute.values, group) : nameOf(group);
      return { group: name, samples, accuracy: samples > 0 ? intervalOf(accuracyEstimate(of)) : null };
    });
  };
  return {
    minimumSupport: project.configuration.minimumSupport,
    metrics: [...single, undefined].flatMap((attribute) => groupMetrics(prepared, set, measured, attribute)),
    accuracy: [...single, undefined].flatMap(accuracyBy),
    recall: cells.map(({ label, group }, at) => ({
      class: className(classes, label),
      group: nameOf(group ?? 0),
      samples: support[at],
      recall: counted(correct[at], support[at]),
      judged: isSupported(set.supported[at] ?? {}),
    })),
    confusion: confusionOf(counts, { rows: cells.map(({ name }) => name), columns: classes }),
  };
}

function boundableOf(needs: "groups" | "frequency"): ConstraintId[] {
  return constraintIds.filter((id) => metricOf(id).needs === needs && !isWhole(id));
}

/** Every metric of groups that can be bounded, at the value that a bound would be about. */
function groupMetrics(
  prepared: Prepared,
  set: CountedRows,
  measured: Measured,
  attribute: Attribute | undefined,
): GroupMetric[] {
  return boundableOf("groups").flatMap((metric) =>
    atWorst(prepared, set, measured, { metric, ...(attribute && { attribute }) }).map(
      ({ subject, value, unmeasured }) => ({
        ...{ metric, ...named(prepared, subject) },
        samples: rowsInGroups(subject, prepared).map((meant) => countMeant(meant, prepared, measured.counts)),
        ...(value ?? { value: null, low: null, high: null }),
        unmeasured,
      }),
    ),
  );
}

/** A metric of head or tail classes; the classes are those that the engine steers as such. */
function sideMetrics(
  prepared: Prepared,
  set: CountedRows,
  measured: Measured,
  metric: ConstraintId,
): SideMetric[] {
  const { classes, isHead } = prepared;
  const ofHead = metric.startsWith("head");
  return atWorst(prepared, set, measured, { metric }).map(({ subject, value, unmeasured }) => ({
    metric,
    classes: classes.filter((_, label) => isHead[label] === ofHead),
    samples: meantRows(subject, prepared, "").reduce(
      (sum, meant) => sum + countMeant(meant, prepared, measured.counts),
      0,
    ),
    value: limited(value),
    unmeasured,
  }));
}

interface AtWorst {
  readonly subject: Subject;
  /** Null where nothing could be measured. */
  readonly value: ReturnType<typeof intervalFor> | null;
  readonly unmeasured: string | null;
}

/** The value of a metric that is furthest from good, and what of it could not be measured. */
function atWorst(
  prepared: Prepared,
  set: CountedRows,
  measured: Measured,
  { metric, attribute }: { readonly metric: ConstraintId; readonly attribute?: Attribute },
): AtWorst[] {
  const { classes, isHead } = prepared;
  const summary = new ConfusionSummary(exactConfusion(measured.weighed, set.supported, classes.length));
  // No value is beyond such a bound: the nearest is the worst.
  const bound = metricOf(metric).better === "down" ? { atMost: 2 } : { atLeast: 0 };
  const constraint = { metric, ...bound, ...(attribute && { attribute }) };
  return boundedValues(summary, [constraint], { isHead }).map((bounded) => {
    const { measures } = bounded;
    const { place } = nearest(bounded);
    const missing = unjudged(bounded);
    const value = place === null ? null : measures.values.value[place];
    return {
      subject:
        place === null ? (missing?.subject ?? { metric, classes: [], groups: [] }) : measures.subjects[place],
      value: value === null ? null : intervalFor(prepared, set, measured, bounded, value),
      unmeasured: missing && reasonOf(prepared, missing, measured),
    };
  });
}

function limited(known: ReturnType<typeof intervalFor> | null): Interval | null {
  if (known === null) return null;
  const { value, low, high } = known;
  return value === null || low === null || high === null ? null : { value, low, high };
}
