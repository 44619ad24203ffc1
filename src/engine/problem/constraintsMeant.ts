/** Whom constraints and head classes are about: names of classes and attributes of the tables at hand. */

import type { Project } from "../../project/load.ts";
import { classIndex } from "../../project/meaning.ts";
import { nearest } from "../../project/problems.ts";
import { type Attribute, combined, within } from "../../selmix/confusion/attribute.ts";
import type { Constraint } from "../../selmix/confusion/constraints.ts";
import { headByCounts, needsGroups } from "../../selmix/confusion/objectives.ts";
import { isAboutGroups } from "../../selmix/confusion/wholeObjective.ts";
import { listed } from "../../words/names.ts";
import { JobError } from "../errors.ts";

/** The constraints of a project, by number of class and with the attribute that each is about. */
export function resolveConstraints(
  project: Project,
  classes: readonly string[],
  attributes: readonly Attribute[],
): Constraint[] {
  return project.configuration.constraints.map(({ classes: wanted, attribute: names, ...constraint }) => {
    const attribute = names === undefined ? null : attributeMeant([names].flat(), attributes);
    const indices = wanted?.map((reference) => classIndex(reference, classes, classes.length));
    return {
      ...constraint,
      ...(attribute && { attribute }),
      ...(indices && { classes: indices.filter((index) => index !== null) }),
    };
  });
}

/** What groups the rows that are steered: no finer than the goals need, as every cell divides the samples further. */
export interface SteeredGroups {
  /** Null where all attributes together are meant. */
  readonly attribute: Attribute | null;
  /** The constraints, about groups of that attribute. */
  readonly constraints: readonly Constraint[];
}

/** Only the attributes that bounds are about, where all bounds on groups are about some of them, and the objective is about none. */
export function steeredGroups(
  { configuration }: Project,
  constraints: readonly Constraint[],
  attributes: readonly Attribute[],
): SteeredGroups {
  const about = constraints.filter(({ metric }) => needsGroups(metric));
  const isFree = about.every(({ attribute }) => attribute !== undefined) && about.length > 0;
  const names = configuration.constraints.flatMap(({ attribute = [] }) => [attribute].flat());
  const used = attributes.filter(({ name }) => names.includes(name));
  if (!isFree || isAboutGroups(configuration.objective) || used.length === attributes.length)
    return { attribute: null, constraints };
  const whole = combined(used);
  return {
    attribute: whole,
    constraints: constraints.map(({ attribute, ...constraint }) =>
      attribute ? { ...constraint, attribute: within(attribute, whole) } : constraint,
    ),
  };
}

/** The attribute of a bound; null where all are meant. */
function attributeMeant(names: readonly string[], attributes: readonly Attribute[]): Attribute | null {
  const known = attributes.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const close = nearest(unknown, known);
    const advice = close ? `did you mean "${close}"?` : `they have ${listed(known, 8) || "none"}.`;
    throw new JobError(
      `A constraint is about the attribute "${unknown}", which the tables have not; ${advice}`,
    );
  }
  const meant = attributes.filter(({ name }) => names.includes(name));
  return meant.length === attributes.length ? null : combined(meant);
}

/** Which classes are head: those that are named, else the most frequent. */
export function headMask(
  project: Project,
  classes: readonly string[],
  trainCounts: readonly number[],
): boolean[] {
  const named = project.configuration.headClasses;
  if (!named) return headByCounts(trainCounts);
  const indices = new Set(named.map((reference) => classIndex(reference, classes, classes.length)));
  return classes.map((_, k) => indices.has(k));
}
