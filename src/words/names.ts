/** Names of classes, checkpoints and files within sentences. */
import type { RunRecord } from "../protocol/records.ts";

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A class's name within a sentence: one written right to left is set apart, so that it turns no number beside it around. */
export function named(name: string): string {
  return rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}

/** Names in a sentence: "a, b and c", or where one has a comma of its own "a; b, c; and d"; more than `limit` are counted. */
export function listed(names: readonly string[], limit = 3): string {
  const shown = names.length > limit ? [...names.slice(0, limit), `${names.length - limit} more`] : names;
  const last = shown.at(-1) ?? "";
  if (shown.length <= 1) return last;
  return shown.some((name) => name.includes(", "))
    ? `${shown.slice(0, -1).join("; ")}; and ${last}`
    : `${shown.slice(0, -1).join(", ")} and ${last}`;
}

/** A name from the start of a sentence within one: "worst recall". */
export function uncapital(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The last part of a path, whatever its separators. */
export function baseName(path: string): string {
  return (
    path
      .split(/[\\/]/)
      .filter((part) => part !== "")
      .at(-1) ?? path
  );
}

/** A name with its middle left out where it has more than `most` letters: names that begin alike mostly end otherwise. */
export function shortened(name: string, most: number): string {
  const letters = Array.from(new Intl.Segmenter().segment(name), ({ segment }) => segment);
  if (letters.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${letters.slice(0, most - 1 - end).join("")}…${letters.slice(letters.length - end).join("")}`;
}

/** First letter in upper case, for the start of a sentence. */
export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** What the checkpoint of a run is called, unlike every other one of its configuration: "epoch_12". */
export function runCheckpoint({ checkpointName, checkpoint }: RunRecord): string {
  return checkpointName ?? baseName(checkpoint).replace(/(?<=.)\.[^.]*$/, "");
}

/** What a class is called, by its index; its number where it has no name. */
export function className(names: readonly string[], label: number): string {
  return names[label] ?? `class ${label}`;
}

/** The same of a group. */
export function groupName(names: readonly string[], group: number): string {
  return names[group] ?? `group ${group}`;
}

/** Whether the rows of a result are classes within groups. */
export function isGrouped(rows: readonly { readonly group: number | null }[]): boolean {
  return rows.some(({ group }) => group !== null);
}
