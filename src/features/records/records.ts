/** Tables whose columns have names: what their readers deliver, whatever they are stored as. */
import type { ColumnInfo } from "../columns.ts";
import { FeatureTableError, type RowFacts } from "../table.ts";

/** Texts of a column, numbered in the order in which they come. */
export interface CodedTexts {
  readonly codes: Int32Array;
  readonly texts: readonly string[];
}

/** Places of the columns to be read. */
export interface WantedColumns {
  readonly numbers: readonly number[];
  readonly texts: readonly number[];
}

/** Takes rows as they are read: `values` is row-major [count, sum of widths] and is used again afterwards. */
export type TakeRows = (values: Float32Array, count: number) => void | Promise<void>;

/** A table that is open, whose columns are known. */
export interface RecordFile {
  readonly path: string;
  readonly columns: readonly ColumnInfo[];
  /** Null where only reading tells. */
  readonly count: number | null;
  /** How many numbers each column has in a row: more than 1 where it holds lists. */
  widths(numbers: readonly number[]): Promise<readonly number[]>;
  /**
   * Reads all rows once, in order. Throws `FeatureTableError` for what is no number, naming its line (or row) and column, and
   * `FileError`.
   */
  read(wanted: WantedColumns, take: TakeRows): Promise<{ count: number; texts: CodedTexts[] }>;
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** Of the different texts of a column together. */
const mostLetters = 8e6;

/** Collects the texts of a column: rows are numbered as they come. */
export class TextCodes {
  readonly #known = new Map<string, number>();
  readonly #column: string;
  #codes = new Int32Array(1024);
  #count = 0;
  #letters = 0;

  /** @param column what the texts are, for a message: "table.csv, column sex" */
  constructor(column: string) {
    this.#column = column;
  }

  add(text: string): void {
    let code = this.#known.get(text);
    if (code === undefined) {
      code = this.#known.size;
      this.#known.set(text, code);
      this.#letters += text.length;
      if (this.#letters > mostLetters) {
        throw new FeatureTableError(
          `${this.#column} has so many different texts that they are neither classes nor groups; name another column in selmix.json.`,
        );
      }
    }
    if (this.#count === this.#codes.length) {
      const longer = new Int32Array(2 * this.#codes.length);
      longer.set(this.#codes);
      this.#codes = longer;
    }
    this.#codes[this.#count++] = code;
  }

  done(): CodedTexts {
    return { codes: this.#codes.slice(0, this.#count), texts: [...this.#known.keys()] };
  }
}

/** Takes numbers [count, width], all of them, as they are read; they are used again afterwards. */
export interface NumberSink {
  rows(values: Float32Array, count: number): void | Promise<void>;
  logits(values: Float32Array, count: number): void | Promise<void>;
}

/** What is left when the numbers of a table were handed on. */
export interface RowFactsRead {
  readonly count: number;
  readonly facts: RowFacts;
  readonly widths: Widths;
}

/** Numbers in a row. */
export interface Widths {
  readonly rows: number;
  readonly logits: number;
}
