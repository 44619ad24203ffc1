/** What a grid may be made of in the editor, and how many tunes that comes to. Pure. */
import { counted, duration } from "../words/numbers.ts";

/** What a person chose of a grid; every combination is tuned. */
export interface GridChoice {
  readonly objectives: readonly string[];
  readonly seeds: readonly number[];
  /** Absolute paths; null for the newest, and where a classifier's scores are corrected. */
  readonly checkpoints: readonly string[] | null;
}

/** How many seeds are offered: enough to see whether luck matters, to say how much, and to say it well. */
const offered = [1, 3, 5, 10, 20];

/**
 * How many seeds to choose from, each with the tunes that it comes to.
 * @param combinations of everything else
 * @param first the seed of selmix.json, which is among them
 * @param tuneSeconds what a tune took here; null where none was made
 */
export function seedChoices(combinations: number, first: number, tuneSeconds: number | null) {
  return offered.map((seeds) => {
    const tunes = seeds * combinations;
    const time = tuneSeconds === null ? "" : `, about ${duration(tunes * tuneSeconds)}`;
    return {
      label: counted(seeds, "seed"),
      description: `${counted(tunes, "tune")}${time}`,
      detail: seeds === 1 ? `Seed ${first}` : `Seeds ${first} to ${first + seeds - 1}`,
      seeds: Array.from({ length: seeds }, (_unused, at) => first + at),
    };
  });
}

/** "2 objectives, 3 checkpoints" */
export function combinationsText(objectives: number, checkpoints: number | null): string {
  const parts = [counted(objectives, "objective")];
  if (checkpoints !== null) parts.push(counted(checkpoints, "checkpoint"));
  return parts.join(", ");
}

/** How many tunes a choice comes to. */
export function tunesOf({ objectives, seeds, checkpoints }: GridChoice): number {
  return objectives.length * seeds.length * (checkpoints?.length ?? 1);
}

/** "Sweeping a grid of 24 tunes" */
export function sweepingText(choice: GridChoice): string {
  return `Sweeping a grid of ${counted(tunesOf(choice), "tune")}`;
}
