/**
 * Groups by attribute: where rows have several (sex and age), a group is a combination of them, and a bound may be about one attribute
 * alone, whose values put groups together.
 */
import type { Bucket } from "../problem.ts";

/** An attribute of the groups, or a combination of some. */
export interface Attribute {
  /** "sex", "sex and age". */
  readonly name: string;
  /** The value that each group has, by group. */
  readonly byGroup: readonly number[];
  /** Names by value. */
  readonly values: readonly string[];
}

/** The value of an attribute in a group; the group itself where no attribute is meant. */
export function valueIn(attribute: Attribute | undefined, group: number): number {
  return attribute === undefined ? group : attribute.byGroup[group];
}

/** Buckets by the values of an attribute in place of their groups. */
export function byAttribute<Kind extends Bucket>(buckets: readonly Kind[], attribute: Attribute): Kind[] {
  return buckets.map((bucket) =>
    bucket.group === null ? bucket : { ...bucket, group: valueIn(attribute, bucket.group) },
  );
}

/** An attribute by the values of another one, which it is a part of, in place of groups. */
export function within(attribute: Attribute, whole: Attribute): Attribute {
  const byGroup: number[] = [];
  whole.byGroup.forEach((value, group) => {
    byGroup[value] = attribute.byGroup[group];
  });
  return { ...attribute, byGroup };
}

/** Some attributes as one, whose values are those combinations that groups have. */
export function combined(attributes: readonly Attribute[]): Attribute {
  const [first, ...others] = attributes;
  return others.reduce((one, other) => {
    const pairs = one.byGroup.map((value, group) => [value, other.byGroup[group]] as const);
    const keys = [...new Set(pairs.map(String))];
    return {
      name: `${one.name} and ${other.name}`,
      byGroup: pairs.map((pair) => keys.indexOf(String(pair))),
      values: keys.map((key) => {
        const [a, b] = key.split(",").map(Number);
        return `${one.values[a]}, ${other.values[b]}`;
      }),
    };
  }, first);
}
