/** The rows that prove bounds: of a table of their own, or held back from validation before anything looks at it. */
import type { Project } from "../../project/load.ts";
import type { BucketRecord } from "../../protocol/records.ts";
import type { FeatureRows } from "../../selmix/problem.ts";
import type { Meant, Unlike } from "../../selmix/proof/part.ts";
import { Random } from "../../selmix/random.ts";
import { JobError } from "../errors.ts";
import { bucketsOf, type Members, type Names, placesOf } from "../tables/buckets.ts";
import { someRows } from "../tables/someRows.ts";
import type { NumberedTable, Tables } from "../tables/tables.ts";

/** Share of validation that is held back, unless another is asked for. */
const usualShare = 0.4;
/** Stream of the random numbers drawn here. */
const stream = 53;

/** How rows were held back, so that it can be done again. */
export interface HeldBack {
  readonly share: number;
  readonly seed: number;
  /** The rows of validation before. */
  readonly of: number;
  /** Whether each class gave rows in proportion; a class of a single row cannot. */
  readonly inProportion: boolean;
}

/** Tables of which some rows prove bounds and the others do not. */
export interface Divided {
  readonly tables: Tables;
  /** Null where a table of its own proves bounds, and where nothing does. */
  readonly heldBack: HeldBack | null;
}

/** The rows that prove bounds, as they are counted. */
export interface ProofRows {
  readonly path: string;
  readonly rows: FeatureRows;
  readonly cells: readonly BucketRecord[];
  /** The cell of each row, [N]. */
  readonly cellOf: Int32Array;
  readonly heldBack: HeldBack | null;
  /** The attributes that its groups are made of; null where groups do not count. */
  readonly attributes: readonly string[] | null;
  readonly shares: Meant["shares"];
  readonly unlike: Meant["unlike"];
}

/** Takes rows out of validation where bounds are to be proved and no table is named for it. Throws `JobError` where that proves nothing. */
export function withProofRows({ configuration, path }: Project, tables: Tables): Divided {
  const { confidence, constraints, features, tuning } = configuration;
  if (confidence === undefined || constraints.length === 0)
    return { tables: { ...tables, certify: null }, heldBack: null };
  if (tables.certify !== null) return { tables, heldBack: null };
  const { validation } = tables;
  if (validation === tables.train || validation === tables.test) {
    throw new JobError(
      `Rows of validation are to prove bounds, and ${validation.path} is the table of ${validation === tables.train ? "train" : "test"} too; give validation rows of its own, or name a table as "certify" in ${path}.`,
    );
  }
  const share = typeof features.certify === "number" ? features.certify : usualShare;
  const { proving, others, heldBack } = divide(validation, { share, seed: tuning.seed });
  const certify = someRows(validation, proving);
  return { tables: { ...tables, validation: someRows(validation, others), certify }, heldBack };
}

/** The rows of validation that were held back, in their order, held back once more. */
export function heldBackAgain(
  validation: NumberedTable,
  how: Pick<HeldBack, "share" | "seed">,
): { readonly table: NumberedTable; readonly heldBack: HeldBack } {
  const { proving, heldBack } = divide(validation, how);
  return { table: someRows(validation, proving), heldBack };
}

/** The places of the rows that are held back and of the others, in the order of the table. */
function divide(validation: NumberedTable, { share, seed }: Pick<HeldBack, "share" | "seed">) {
  const { held, inProportion } = heldRows(validation, share, seed);
  const rows = Int32Array.from(held.keys());
  return {
    proving: rows.filter((row) => held[row] === 1),
    others: rows.filter((row) => held[row] === 0),
    heldBack: { share, seed, of: held.length, inProportion },
  };
}

/**
 * Whether each row is held back (docs/method.md, eq. (51)): a systematic sample of the rows in random order within class and group, so that each has the same chance
 * and every class and group gives its share, up to a row. A class keeps a row for validation.
 */
function heldRows(
  { labels, groups, rows }: NumberedTable,
  share: number,
  seed: number,
): { held: Uint8Array; inProportion: boolean } {
  const random = new Random(seed, stream);
  const order = random.shuffle(Array.from({ length: rows.count }, (_unused, row) => row));
  const labelOf = (row: number) => labels?.[row] ?? 0;
  const groupOf = (row: number) => groups?.[row] ?? 0;
  order.sort((a, b) => labelOf(a) - labelOf(b) || groupOf(a) - groupOf(b));
  const start = random.uniform();
  const held = new Uint8Array(rows.count);
  const kept = new Set<number>();
  order.forEach((row, at) => {
    held[row] = Math.floor((at + 1) * share + start) - Math.floor(at * share + start);
    if (held[row] === 0) kept.add(labelOf(row));
  });
  let inProportion = true;
  for (const row of order) {
    if (kept.has(labelOf(row))) continue;
    kept.add(labelOf(row));
    held[row] = 0;
    inProportion = false;
  }
  return { held, inProportion };
}

/** What is claimed of whom by rows that prove. */
interface Claimed extends Members, Pick<ProofRows, "shares" | "attributes"> {
  readonly names: Names;
  /** Of the other tables: classes in groups that only they have are part of a claim too, and nothing is proved of them. */
  readonly others?: readonly Members[];
  /** Whether the checkpoint is a tuned copy. */
  readonly isTuned?: boolean;
}

function unlikeOf(isWeighed: boolean, heldBack: HeldBack | null, isTuned: boolean): Unlike | null {
  if (isWeighed) return "weights";
  if (heldBack === null) return null;
  // What it was tuned on may have been another part of the same table.
  if (isTuned) return "tuned";
  return heldBack.inProportion ? null : "split";
}

/** The rows that prove bounds, with whose they are and whom they stand for. */
export function proofRows(
  { path, rows, weights }: NumberedTable,
  heldBack: HeldBack | null,
  { names, others = [], isTuned = false, ...more }: Claimed,
): ProofRows {
  const { shares, attributes } = more;
  const cells = bucketsOf([more, ...others], names);
  const unlike = unlikeOf(weights !== null, heldBack, isTuned);
  return { path, rows, cells, cellOf: placesOf(more, cells), heldBack, attributes, shares, unlike };
}
