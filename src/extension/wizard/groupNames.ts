/** Names that a person gives to numbered groups. Pure. */
import { counted } from "../../words/numbers.ts";
import type { NewNames } from "./newConfiguration.ts";

/** Names between commas; null for none, a sentence where they are not as many as there are groups. */
export function parseNames(text: string, count: number): string[] | null | string {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name === "")) return null;
  if (names.length !== count) return `Give ${counted(count, "name")} with commas between them, or none.`;
  if (names.includes("")) return "A name is empty.";
  return new Set(names).size === names.length ? names : "Two names are the same.";
}

/** `groups` of selmix.json: a list, or one for each of several attributes; left out where any is not named. */
export function groupsSetting(
  attributes: readonly string[],
  named: readonly (readonly string[] | null)[],
): Pick<NewNames, "groups"> {
  const lists = named.flatMap((names) => (names === null ? [] : [[...names]]));
  const [only] = lists;
  if (only === undefined || lists.length < attributes.length) return {};
  if (attributes.length === 1) return { groups: only };
  return { groups: Object.fromEntries(attributes.map((name, index) => [name, lists[index] ?? []])) };
}
