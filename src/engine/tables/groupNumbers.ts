/** From what tables say of attributes to groups that are numbered alike in all of them. */
import type { Attribute as AttributeColumn, FeatureTable } from "../../features/table.ts";
import type { Attribute } from "../../selmix/confusion/attribute.ts";
import { groupName, listed } from "../../words/names.ts";
import { JobError } from "../errors.ts";
import { mapped, numbersOf } from "./columnNumbers.ts";
import type { OpenedTables } from "./tables.ts";

/** Groups that are numbered alike in all tables. */
export interface GroupNumbers {
  readonly names: readonly string[];
  readonly attributes: readonly Attribute[];
  of(table: FeatureTable): Int32Array | null;
}

/** `groups` of selmix.json. */
export type GroupSettings = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** The values of an attribute over all tables, in order. */
interface AttributeValues {
  readonly name: string;
  /** Names by value; numbers beyond them are called by their number. */
  readonly names: readonly string[];
  of(file: string, attribute: AttributeColumn): Int32Array;
}

/** Numbers the groups of all tables. @throws JobError for a value that "groups" does not name */
export function groupNumbers(opened: OpenedTables, settings: GroupSettings | null): GroupNumbers {
  const others = [opened.test, opened.certify].filter((table) => table !== null);
  const labelled = [opened.train, opened.validation, ...others];
  const shared = opened.train.attributes.filter(({ name }) =>
    labelled.every((table) => table.attributes.some((one) => one.name === name)),
  );
  const attributes = shared.map(({ name }) => valuesOf(name, labelled, namesFor(name, settings)));
  const [first, ...more] = attributes;
  if (!first) {
    // Some tables lack them: whoever asks for groups is told which.
    const some = labelled.flatMap((table) => table.attributes)[0];
    const values = some && valuesOf(some.name, labelled, namesFor(some.name, settings));
    return values ? oneAttribute(values, labelled) : { names: [], attributes: [], of: () => null };
  }
  return more.length === 0 ? oneAttribute(first, labelled) : intersections(attributes, labelled);
}

/** Each value is a group. */
function oneAttribute(values: AttributeValues, tables: readonly FeatureTable[]): GroupNumbers {
  const columns = new Map(tables.map((table) => [table, numbersIn(table, values)]));
  const count = [...columns.values()].reduce(
    (most, column) => column?.reduce((a, b) => Math.max(a, b + 1), most) ?? most,
    values.names.length,
  );
  const byGroup = Array.from({ length: count }, (_, group) => group);
  const names = byGroup.map((group) => groupName(values.names, group));
  return {
    names: values.names,
    attributes: [{ name: values.name, byGroup, values: names }],
    of: (table) => columns.get(table) ?? null,
  };
}

function numbersIn(table: FeatureTable, values: AttributeValues): Int32Array | null {
  const attribute = table.attributes.find(({ name }) => name === values.name);
  return attribute ? values.of(table.path, attribute) : null;
}

function namesFor(attribute: string, settings: GroupSettings | null): readonly string[] | null {
  if (settings === null) return null;
  return isList(settings) ? settings : (settings[attribute] ?? null);
}

function isList(settings: GroupSettings): settings is readonly string[] {
  return Array.isArray(settings);
}

function valuesOf(
  name: string,
  tables: readonly FeatureTable[],
  own: readonly string[] | null,
): AttributeValues {
  const columns = tables.flatMap((table) => table.attributes.filter((attribute) => attribute.name === name));
  const texts = [...new Set(columns.flatMap((column) => column.texts ?? []))];
  const byName = own !== null && texts.length > 0 && texts.every((text) => own.includes(text));
  if (!byName && texts.every((text) => /^\d+(\.0*)?$/.test(text))) {
    return { name, names: own ?? [], of: (file, attribute) => numbersOf(file, attribute, 0) };
  }
  const names = own ?? texts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const places = new Map(names.map((text, at): [string, number] => [text, at]));
  return {
    name,
    names,
    of(file, { codes, texts: said }) {
      if (said === null) return codes;
      return mapped(
        codes,
        said.map((text) => {
          const place = places.get(text);
          if (place !== undefined) return place;
          throw new JobError(
            `${file} has ${JSON.stringify(text.slice(0, 60))} as ${name}, which "groups" does not name; it names ${listed(names, 12)}.`,
          );
        }),
      );
    },
  };
}

/** Every combination of attributes that some table has is a group, in order of the first attribute, then the second. */
function intersections(
  attributes: readonly AttributeValues[],
  tables: readonly FeatureTable[],
): GroupNumbers {
  const keys = new Map<FeatureTable, readonly string[]>();
  const seen = new Map<string, readonly number[]>();
  for (const table of new Set(tables)) {
    const columns = attributes.map((values) => numbersIn(table, values) ?? new Int32Array(table.rows.count));
    const own: string[] = [];
    for (let row = 0; row < table.rows.count; row++) {
      const combination = columns.map((column) => column[row] ?? 0);
      const key = combination.join(" ");
      if (!seen.has(key)) seen.set(key, combination);
      own.push(key);
    }
    keys.set(table, own);
  }
  const ordered = [...seen].sort(([, a], [, b]) => compare(a, b));
  const places = new Map(ordered.map(([key], at): [string, number] => [key, at]));
  const valueName = (i: number, value: number) =>
    attributes[i]?.names[value] ?? `${attributes[i]?.name} ${value}`;
  return {
    names: ordered.map(([, combination]) => combination.map((value, i) => valueName(i, value)).join(", ")),
    attributes: attributes.map(({ name }, i) => {
      const byGroup = ordered.map(([, combination]) => combination[i] ?? 0);
      const count = Math.max(...byGroup) + 1;
      return { name, byGroup, values: Array.from({ length: count }, (_, value) => valueName(i, value)) };
    }),
    of(table) {
      const own = keys.get(table);
      return own ? Int32Array.from(own, (key) => places.get(key) ?? 0) : null;
    },
  };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
