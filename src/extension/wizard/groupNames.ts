/** Names that a person gives to numbered groups. Pure. */
import { groupName, listed } from "../../words/names.ts";
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

/** The highest number that names are asked for: the list in selmix.json has an entry for each number below it. */
const highest = 200;

/** Whether groups of these numbers, in order, can be given names: numbers below 0 are read as texts. */
export function canBeNamed(numbers: readonly number[]): boolean {
  const [least, most] = [numbers[0], numbers.at(-1)];
  return least !== undefined && most !== undefined && least >= 0 && most <= highest;
}

/** "from 0", or "1 and 2" */
export function numberedAs(numbers: readonly number[]): string {
  return numbers.at(-1) === numbers.length - 1 ? "from 0" : listed(numbers.map(String), 8);
}

/** The names by number; a number between them that no sample has keeps the name that it would have without any. */
export function byNumber(names: readonly string[], numbers: readonly number[]): string[] {
  const named = new Map(numbers.map((number, at) => [number, names[at] ?? groupName([], number)]));
  const count = (numbers.at(-1) ?? -1) + 1;
  return Array.from({ length: count }, (_, number) => named.get(number) ?? groupName([], number));
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
