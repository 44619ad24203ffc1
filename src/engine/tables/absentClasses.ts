/** Classes and groups that a set has no sample of: what cannot be steered, what is held, and what is said of it. */
import type { Project } from "../../project/load.ts";
import type { BucketRecord } from "../../protocol/records.ts";
import { JobError } from "../errors.ts";
import type { Tables } from "./tables.ts";

/** The buckets of a list that are not in another. */
export function without(buckets: readonly BucketRecord[], others: readonly BucketRecord[]): BucketRecord[] {
  const known = new Set(others.map(({ name }) => name));
  return buckets.filter(({ name }) => !known.has(name));
}

/** Of what nothing can be measured on validation, and what becomes of it. */
export function sayHeld(held: readonly BucketRecord[], tables: Tables, warnings: string[]): void {
  if (held.length === 0) return;
  warnings.push(
    `${tables.validation.path} has no sample of ${list(held.map(({ name }) => name))}: nothing steers it, its training rows hold it where it is, and ${whereSeen(tables)}.`,
  );
}

const whereSeen = ({ test }: Tables) => `what becomes of it is ${test ? "seen on test only" : "not seen"}`;

/** Says which classes have no sample, or refuses them where the configuration does. */
export function missingClasses(
  project: Project,
  tables: Tables,
  classes: readonly string[],
  buckets: readonly BucketRecord[],
  trainCounts: readonly number[],
  warnings: string[],
): void {
  const present = new Set(buckets.map(({ label }) => label));
  const absent = classes.filter((_, k) => !present.has(k));
  if (absent.length > 0 && project.configuration.validationMissing === "refuse") {
    throw new JobError(
      `${tables.validation.path} has no sample of ${list(absent)}; add some, or set "validationMissing" to "allow" to tune for the other classes only.`,
    );
  }
  const nowhere = absent.filter((name) => trainCounts[classes.indexOf(name)] === 0);
  if (nowhere.length > 0) {
    warnings.push(
      `Neither train nor validation has a sample of ${list(nowhere)}: nothing steers or holds it, and ${whereSeen(tables)}.`,
    );
  }
  const untrained = classes.filter((_, k) => trainCounts[k] === 0 && present.has(k));
  if (untrained.length > 0)
    warnings.push(`The training set has no sample of ${list(untrained)}: never sampled.`);
}

function list(names: readonly string[]): string {
  return names.length > 8
    ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more classes`
    : names.join(", ");
}
