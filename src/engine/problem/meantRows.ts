/** The rows of a set that a value is a share of, and what they are called. */

import { valueIn } from "../../selmix/confusion/attribute.ts";
import { asMatrix, type Counts } from "../../selmix/confusion/matrix.ts";
import type { Subject } from "../../selmix/confusion/shares.ts";
import { className, groupName, named } from "../../words/names.ts";
import type { Prepared } from "./prepare.ts";

/** Rows by class and group, in words: "yes in C". */
export interface MeantRows {
  readonly name: string;
  isMeant(label: number, group: number | null): boolean;
}

const ofWholeGroup: ReadonlySet<string> = new Set([
  "coverageDifference",
  "coverageRatio",
  "accuracyDifference",
  "groupAccuracy",
]);

/** What a value that compares groups, or is about one, divides by: for each group the class's rows, those of the others, or all. */
export function rowsInGroups(
  { metric, classes: [label], groups, attribute }: Subject,
  { classes, groupNames }: Prepared,
): MeantRows[] {
  const who = label === undefined ? null : named(className(classes, label));
  const others = metric === "falsePositiveRateDifference";
  const ofAll = who === null || ofWholeGroup.has(metric);
  return groups.map((group) => {
    const where = named(groupName(attribute?.values ?? groupNames, group));
    return {
      name: ofAll ? where : `${others ? `classes other than ${who}` : who} in ${where}`,
      isMeant: (one, its) =>
        its !== null &&
        valueIn(attribute, its) === group &&
        (ofAll || (others ? one !== label : one === label)),
    };
  });
}

/** The same for any value; "validation" where it is of all rows of the set. */
export function meantRows(subject: Subject, prepared: Prepared, set: string): MeantRows[] {
  const { metric, classes, groups } = subject;
  if (groups.length > 0) return rowsInGroups(subject, prepared);
  const [label] = classes;
  if (metric === "recall" && label !== undefined)
    return [{ name: named(className(prepared.classes, label)), isMeant: (one) => one === label }];
  const side = metric === "headRecall" ? true : metric === "tailRecall" ? false : null;
  if (side === null) return [{ name: set, isMeant: () => true }];
  const isMeant = (one: number) => prepared.isHead[one] === side;
  return [{ name: side ? "the head classes" : "the tail classes", isMeant }];
}

/** Whose rows a value is measured on, in the order of its groups: those of validation, held back or of a table of their own. */
export function whoseRows(subject: Subject, prepared: Prepared): string[] {
  const [label] = subject.classes;
  if (subject.metric === "precision" && label !== undefined)
    return [`predictions of ${named(className(prepared.classes, label))}`];
  return meantRows(subject, prepared, "all classes").map(({ name }) => name);
}

/** How many rows are meant. @param counts [cells,K] of a set */
export function countMeant({ isMeant }: MeantRows, { cells, classes }: Prepared, counts: Counts): number {
  const { layout, values } = asMatrix(counts, cells.length, classes.length);
  return cells.reduce((sum, { label, group }, at) => {
    if (!isMeant(label, group)) return sum;
    let rows = sum;
    for (let place = layout.start(at); place < layout.start(at + 1); place++) rows += values[place];
    return rows;
  }, 0);
}
