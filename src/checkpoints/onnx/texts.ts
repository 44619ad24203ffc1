/** Changes texts inside a protocol buffer, and keeps the lengths right that stand before all that is around them. */
import { varint } from "../../files/protobuf.ts";
import type { Splice } from "../../files/splicedCopy.ts";
import type { Field } from "./protobuf.ts";

/** A text inside nested length-delimited fields, outermost first, that is to become another. */
export interface NewText {
  readonly around: readonly Field[];
  readonly text: string;
}

/** Splices for new texts and for the lengths of all fields around them. */
export function spliceTexts(texts: readonly NewText[]): Splice[] {
  const splices: Splice[] = [];
  /** How much longer the content of each field around a text becomes, by where its length stands. */
  const growth = new Map<number, { field: Field; depth: number; by: number }>();
  const grow = (around: readonly Field[], by: number): void => {
    const depth = around.length - 1;
    const field = around[depth];
    if (!field) return;
    const known = growth.get(field.lengthAt) ?? { field, depth, by: 0 };
    growth.set(field.lengthAt, { ...known, by: known.by + by });
  };
  const parents = new Map<number, readonly Field[]>();
  for (const { around, text } of texts) {
    const place = around.at(-1);
    if (!place) continue;
    const bytes = new TextEncoder().encode(text);
    splices.push({ offset: place.start, length: place.length, bytes });
    grow(around, bytes.length - place.length);
    for (const [depth, field] of around.entries()) parents.set(field.lengthAt, around.slice(0, depth));
  }
  const deepest = Math.max(0, ...texts.map(({ around }) => around.length));
  for (let depth = deepest; depth >= 0; depth--) {
    for (const { field, by } of [...growth.values()].filter((one) => one.depth === depth)) {
      const bytes = varint(field.length + by);
      const before = field.start - field.lengthAt;
      splices.push({ offset: field.lengthAt, length: before, bytes });
      grow(parents.get(field.lengthAt) ?? [], by + bytes.length - before);
    }
  }
  return splices;
}
