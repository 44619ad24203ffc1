/** The values of options, from what was typed. Each throws `UsageError` for what it cannot be. */
import { type ObjectiveId, objectiveIds } from "../metrics/catalogue.ts";
import { nearest } from "../project/problems.ts";
import type { TuneChoices } from "../protocol/engine.ts";
import { mostDraws } from "../protocol/grid.ts";
import { mostPoints } from "../protocol/sweep.ts";
import { UsageError } from "./usageError.ts";

/** "minRecall,hMean": objectives, none of them twice. */
export function objectiveList(typed: string | undefined): ObjectiveId[] | undefined {
  return typed === undefined
    ? undefined
    : [...new Set(typed.split(",").map((one) => objectiveOf(one.trim())))];
}

/** An objective of the catalogue. */
export function objectiveOf(typed: string): ObjectiveId {
  const found = objectiveIds.find((id) => id === typed);
  if (found) return found;
  const close = nearest(typed, objectiveIds);
  throw new UsageError(
    `There is no objective "${typed}"; ${close ? `did you mean "${close}"?` : `use one of ${objectiveIds.join(", ")}.`}`,
  );
}

export function marginOf(typed: string | undefined): TuneChoices["margin"] {
  const found = oneOf("margin", typed, ["auto", "0"]);
  return found === "0" ? 0 : found;
}
const endings = { csv: ".csv", metrics: ".json", junit: ".xml" } as const;

/** The ending keeps a slip from writing over something else. */
export function fileOf(option: keyof typeof endings, typed: string | undefined): string | undefined {
  const ending = endings[option];
  if (typed === undefined || (typed.toLowerCase().endsWith(ending) && typed.length > ending.length))
    return typed;
  throw new UsageError(`--${option} must name a file that ends in ${ending}, not "${typed}".`);
}

/** Points as a share. */
export function tolerance(typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined;
  const points = Number(typed);
  if (typed.trim() !== "" && points >= 0 && points <= 100) return points / 100;
  throw new UsageError(`--tolerance must be a number of points between 0 and 100, not "${typed}".`);
}

/** "0.6,0.65": shares between 0 and 1. */
export function boundList(typed: string | undefined): number[] | undefined {
  if (typed === undefined) return undefined;
  const bounds = typed.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (bounds.length <= mostPoints && bounds.every((bound) => bound >= 0 && bound <= 1)) return bounds;
  throw new UsageError(
    `--bounds must be at most ${mostPoints} shares between 0 and 1, with commas between them, not "${typed}".`,
  );
}

export function pointCount(typed: string | undefined): number | undefined {
  const count = wholeNumber("points", typed, 2);
  if (count === undefined || count <= mostPoints) return count;
  throw new UsageError(`--points must be at most ${mostPoints}, not ${count}.`);
}

export function oneOf<Word extends string>(
  name: string,
  typed: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (typed === undefined) return undefined;
  const found = words.find((word) => word === typed);
  if (found !== undefined) return found;
  throw new UsageError(
    `--${name} must be ${words.slice(0, -1).join(", ")} or ${words.at(-1)}, not "${typed}".`,
  );
}

export function wholeNumber(name: string, typed: string | undefined, least: number): number | undefined {
  if (typed === undefined) return undefined;
  const value = Number(typed);
  if (typed.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} must be a whole number of at least ${least}, not "${typed}".`);
}

/** The most seeds that a range may name. */
const mostSeeds = 10_000;

/** "0..4" or "0,3,7": seeds, none of them twice. */
export function seedList(typed: string | undefined): number[] | undefined {
  if (typed === undefined) return undefined;
  const seeds = typed.split(",").flatMap((part) => {
    const [first = "", last = first] = part.split("..");
    const [from, to] = [first, last].map((one) => (/^\s*\d{1,9}\s*$/.test(one) ? Number(one) : Number.NaN));
    const count = (to ?? 0) - (from ?? 0) + 1;
    if (!(count >= 1 && count <= mostSeeds) || part.split("..").length > 2)
      throw new UsageError(`--seeds must be whole numbers, such as 0..4 or 0,3,7, not "${typed}".`);
    return Array.from({ length: count }, (_unused, at) => (from ?? 0) + at);
  });
  return [...new Set(seeds)];
}

/** How many draws of validation: two at least, for one has no spread. */
export function drawCount(typed: string | undefined): number | undefined {
  const count = wholeNumber("draws", typed, 2);
  if (count === undefined || count <= mostDraws) return count;
  throw new UsageError(`--draws must be at most ${mostDraws}, not ${count}.`);
}
