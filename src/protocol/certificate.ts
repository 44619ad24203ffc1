/** `certificate.json`: what was proved of a head, with all that is needed to do it again from the head and a table. */
import * as z from "zod";
import { boundKinds, constraintIds } from "../metrics/catalogue.ts";

const number = z.number();
const whole = z.int().nonnegative();
const text = z.string();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Float32 numbers, little-endian, as base64. */
const floats = z.base64();

const boundRecord = z.strictObject({
  metric: z.enum(constraintIds),
  kind: z.enum(boundKinds),
  bound: number,
  /** Class indices; null for all. */
  classes: z.array(whole).nullable(),
  /** What groups are told apart by, with the value of each group; null for every combination. */
  attribute: z.strictObject({ name: text, values: z.array(z.tuple([text, text])) }).nullable(),
});

/** The weakest value of a bound on the rows that prove: the others have smaller p-values. */
const testRecord = z.strictObject({
  test: z.enum(["binomial", "unconditional", "boundedMean"]),
  pValue: number,
  /** How many values had to be proved, each at the level itself. */
  values: whole,
  weakest: z.strictObject({
    metric: text,
    classes: z.array(text),
    groups: z.array(text),
    value: number.nullable(),
    /** So many of so many; of two shares both. */
    counts: z.array(z.tuple([whole, whole])),
  }),
});

/** A head that was tested, with what it came to. */
const testedHead = z.strictObject({
  sha256,
  weight: floats,
  bias: floats.nullable(),
  tests: z.array(testRecord),
});

export const certificateBody = z.strictObject({
  version: z.literal(1),
  /** The version of the tests; another one may come to other numbers. */
  method: z.literal(1),
  selmix: text,
  claim: text,
  confidence: number.gt(0).lt(1),
  copy: z.strictObject({
    /** The file that the head was written to, beside this one. */
    file: text,
    /** Where the head lies in it. */
    head: z.strictObject({
      weight: text,
      bias: text.nullable(),
      lengths: text.nullable(),
      layout: z.enum(["rows", "columns"]),
      oneOutput: z.boolean(),
      classes: whole,
      size: whole,
    }),
  }),
  classes: z.array(text),
  /** Null where no bound is about head or tail classes. */
  headClasses: z.array(whole).nullable(),
  /** The table of the rows that prove; its path is relative to this file. */
  table: z.strictObject({
    path: text,
    sha256,
    metadata: z.strictObject({ path: text, sha256 }).nullable(),
    columns: z.record(text, z.unknown()).nullable(),
    groups: z.union([z.array(text), z.record(text, z.array(text))]).nullable(),
    /** The attributes that make groups; null where groups do not count. */
    attributes: z.array(text).nullable(),
    /** How the rows were held back from all rows of the table; null where all of them prove. */
    heldBack: z.strictObject({ share: number, seed: whole, of: whole, inProportion: z.boolean() }).nullable(),
    rows: whole,
  }),
  /** Shares of the classes in the population meant, where they are given. */
  shares: z.array(number).nullable(),
  bounds: z.array(boundRecord),
  /** In the order of the tests; the last is the head that was written. */
  heads: z.array(testedHead).min(1),
  /** What the head predicts on the rows that prove: by class, and group where there are any, how often each class. */
  counts: z.array(z.strictObject({ class: text, group: text.nullable(), predicted: z.array(whole) })),
});
export type CertificateBody = z.infer<typeof certificateBody>;

export const certificate = certificateBody.extend({
  /** SHA-256 of all else, as JSON without spaces. */
  digest: sha256,
});
export type Certificate = z.infer<typeof certificate>;
