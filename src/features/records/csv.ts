/**
 * CSV (RFC 4180) with a line of names: comma, semicolon or tab, quotes, any line ends, UTF-8. Numbers are read from the bytes,
 * so that a million rows take a second or two.
 */
import type { ByteSource, SourceFile } from "../../files/ranges.ts";
import type { ColumnInfo } from "../columns.ts";
import { FeatureTableError } from "../table.ts";
import { parseNumber } from "./numberText.ts";
import { type RecordFile, type TakeRows, TextCodes, type WantedColumns } from "./records.ts";

const chunkBytes = 4 * 1024 * 1024;
/** A record, quoted line ends and all. */
const mostRecordBytes = 16 * 1024 * 1024;
const mostColumns = 100_000;
const blockNumbers = 256 * 1024;

const [QUOTE, RETURN, NEWLINE] = [0x22, 0x0d, 0x0a];

/** Opens a CSV by its first lines. Throws `FeatureTableError` where it has no line of names, or no rows. */
export async function openCsv(file: string, source: SourceFile): Promise<RecordFile> {
  const records = new Records(file, source);
  const names = await records.next();
  if (names === null)
    throw new FeatureTableError(`${file} is empty; write a line of column names and a line for each row.`);
  requireNames(file, names);
  const first = await records.next();
  const columns: ColumnInfo[] = names.map((name, i) => ({
    name,
    isNumeric: first === null ? null : Number.isFinite(Number(first[i] || Number.NaN)),
  }));
  if (first === null)
    throw new FeatureTableError(`${file} has no rows below its line of names; export some samples.`);
  return {
    path: file,
    columns,
    count: null,
    widths: async (numbers) => numbers.map(() => 1),
    read: (wanted, take) => new Records(file, source, names).readAll(wanted, take),
    assertUnchanged: () => source.assertUnchanged(),
    close: () => source.close(),
  };
}

function requireNames(file: string, names: readonly string[]): void {
  if (names.length > mostColumns)
    throw new FeatureTableError(`${file} has ${names.length} columns, over the limit of ${mostColumns}.`);
  if (names.every((name) => name.trim() !== "" && Number.isFinite(Number(name)))) {
    throw new FeatureTableError(`${file} begins with numbers; write a line of column names above them.`);
  }
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (seen.has(name) && name !== "")
      throw new FeatureTableError(
        `${file} has two columns called ${name} (column ${i + 1}); give each its own name.`,
      );
    seen.add(name);
  }
}

/** Records of a CSV, one after another, over a window of its bytes. */
class Records {
  readonly #file: string;
  readonly #source: ByteSource;
  readonly #names: readonly string[];
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #offset = 0;
  #line = 1;
  #separator = 0;

  constructor(file: string, source: ByteSource, names: readonly string[] = []) {
    this.#file = file;
    this.#source = source;
    this.#names = names;
  }

  /** The fields of the next record as texts; null at the end. Empty lines are passed over. */
  async next(): Promise<string[] | null> {
    while (await this.#fill()) {
      const fields: string[] = [];
      const end = this.#record((start, stop, quoted) => fields.push(this.#text(start, stop, quoted)));
      if (end < 0) {
        await this.#more();
        continue;
      }
      const isEmpty = fields.length === 1 && fields[0] === "";
      this.#advance(end);
      if (!isEmpty) return fields;
    }
    return null;
  }

  async readAll({ numbers, texts }: WantedColumns, take: TakeRows) {
    await this.next();
    const width = numbers.length;
    const numberAt = placesIn(numbers, this.#names.length);
    const textAt = placesIn(texts, this.#names.length);
    const codes = texts.map((at) => new TextCodes(`${this.#file}, column ${this.#names[at]},`));
    const rowsAtOnce = Math.max(1, Math.floor(blockNumbers / Math.max(1, width)));
    const block = new Float32Array(rowsAtOnce * width);
    const pending: string[] = texts.map(() => "");
    let [inBlock, count] = [0, 0];
    while (await this.#fill()) {
      if (this.#names.length > 1 && this.#passEmptyLine()) continue;
      let column = 0;
      const end = this.#record((start, stop, quoted) => {
        const i = column++;
        const place = numberAt[i] ?? -1;
        if (place >= 0) block[inBlock * width + place] = this.#number(start, stop, quoted, i);
        const text = textAt[i] ?? -1;
        if (text >= 0) pending[text] = this.#text(start, stop, quoted);
      }, numberAt.length);
      if (end < 0) {
        await this.#more();
        continue;
      }
      if (column !== this.#names.length) throw this.#wrongCount(column);
      for (const [i, text] of pending.entries()) codes[i]?.add(text);
      this.#advance(end);
      count++;
      if (++inBlock === rowsAtOnce) {
        await take(block, inBlock);
        inBlock = 0;
      }
    }
    if (inBlock > 0) await take(block, inBlock);
    return { count, texts: codes.map((one) => one.done()) };
  }

  #passEmptyLine(): boolean {
    const byte = this.#bytes[this.#at];
    if (byte !== NEWLINE && byte !== RETURN) return false;
    if (byte === NEWLINE || this.#bytes[this.#at + 1] !== NEWLINE) this.#line++;
    this.#at++;
    return true;
  }

  /** Sees that there are bytes at the place; false at the end of the file. */
  async #fill(): Promise<boolean> {
    if (this.#at < this.#bytes.length) return true;
    return this.#more();
  }

  /** Reads on, keeping what is not used yet; false where nothing is left. */
  async #more(): Promise<boolean> {
    const rest = this.#bytes.subarray(this.#at);
    const length = Math.min(chunkBytes, this.#source.size - this.#offset);
    if (length <= 0) return rest.length > 0;
    if (rest.length > mostRecordBytes) {
      throw new FeatureTableError(
        `${this.#file} has a row in line ${this.#line} of more than ${mostRecordBytes} bytes: most likely a quote is not closed; write it again.`,
      );
    }
    const chunk = await this.#source.read(this.#offset, length);
    const isFirst = this.#offset === 0;
    this.#offset += length;
    this.#bytes = rest.length === 0 ? chunk : joined(rest, chunk);
    this.#at = 0;
    if (isFirst) this.#begin();
    return true;
  }

  get #isLast(): boolean {
    return this.#offset >= this.#source.size;
  }

  /** Passes over a byte order mark, and finds what separates the names. */
  #begin(): void {
    if (this.#bytes[0] === 0xef && this.#bytes[1] === 0xbb && this.#bytes[2] === 0xbf) this.#at = 3;
    this.#separator = separatorOf(this.#bytes.subarray(this.#at));
  }

  /** Walks over the fields of a record. Returns where it ends, or -1 when the window ends before it does. */
  #record(field: (start: number, stop: number, quoted: boolean) => void, most = mostColumns + 1): number {
    const bytes = this.#bytes;
    const length = bytes.length;
    const separator = this.#separator;
    let at = this.#at;
    for (let count = 0; ; count++) {
      if (count > most) return at;
      let start = at;
      let stop: number;
      const quoted = bytes[at] === QUOTE;
      if (quoted) {
        stop = this.#closing(at);
        if (stop < 0) {
          if (this.#isLast) throw this.#open();
          return -1;
        }
        start = at + 1;
        at = stop + 1;
        const after = bytes[at];
        if (at < length && after !== separator && after !== NEWLINE && after !== RETURN)
          throw this.#afterQuote(count);
      } else {
        while (at < length) {
          const byte = bytes[at];
          if (byte === separator || byte === NEWLINE || byte === RETURN) break;
          at++;
        }
        stop = at;
      }
      if (at >= length) {
        if (!this.#isLast) return -1;
        field(start, stop, quoted);
        return length;
      }
      const byte = bytes[at];
      if (byte === RETURN && at + 1 >= length && !this.#isLast) return -1;
      field(start, stop, quoted);
      at++;
      if (byte === separator) continue;
      return byte === RETURN && bytes[at] === NEWLINE ? at + 1 : at;
    }
  }

  /** The quote that closes the one at `from`; -1 when it is not in the window. A quote at the window's end may be half of two. */
  #closing(from: number): number {
    const bytes = this.#bytes;
    for (let at = bytes.indexOf(QUOTE, from + 1); at >= 0; at = bytes.indexOf(QUOTE, at + 2)) {
      if (at + 1 >= bytes.length) return this.#isLast ? at : -1;
      if (bytes[at + 1] !== QUOTE) return at;
    }
    return -1;
  }

  /** Goes on behind a record, counting its lines. */
  #advance(end: number): void {
    this.#line++;
    const bytes = this.#bytes;
    // Only quoted fields have line ends within them.
    for (
      let at = bytes.indexOf(NEWLINE, this.#at);
      at >= 0 && at < end - 1;
      at = bytes.indexOf(NEWLINE, at + 1)
    )
      this.#line++;
    this.#at = end;
  }

  #text(start: number, stop: number, quoted: boolean): string {
    const text = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, stop - start).toString(
      "utf8",
    );
    return quoted ? text.replaceAll('""', '"') : text.trim();
  }

  #number(start: number, stop: number, quoted: boolean, column: number): number {
    const value = parseNumber(this.#bytes, start, stop);
    if (Number.isFinite(Math.fround(value))) return value;
    const text = this.#text(start, stop, quoted);
    const said = text === "" ? "nothing" : JSON.stringify(text.slice(0, 40));
    throw new FeatureTableError(
      `${this.#file} has ${said} in line ${this.#line}, column ${this.#names[column]}, where a number belongs; correct it or leave the row out.`,
    );
  }

  #wrongCount(count: number): FeatureTableError {
    const most = this.#names.length;
    return new FeatureTableError(
      `${this.#file} has ${count > most ? `more than ${most}` : count} fields in line ${this.#line}, and its first line names ${most} columns; correct the line.`,
    );
  }

  #open(): FeatureTableError {
    return new FeatureTableError(
      `${this.#file} has a quote in line ${this.#line} that is not closed; close it.`,
    );
  }

  #afterQuote(column: number): FeatureTableError {
    return new FeatureTableError(
      `${this.#file} has text behind a closing quote in line ${this.#line}, field ${column + 1}; double quotes within quotes.`,
    );
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** For each column its place among the wanted ones, -1 where it is none. */
function placesIn(wanted: readonly number[], count: number): Int32Array {
  const places = new Int32Array(count).fill(-1);
  for (const [place, column] of wanted.entries()) places[column] = place;
  return places;
}

/** What separates the fields of the first line: the first of tab, semicolon and comma that is in it outside of quotes. */
function separatorOf(bytes: Uint8Array): number {
  const end = bytes.findIndex((byte) => byte === NEWLINE || byte === RETURN);
  const line = Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString("latin1");
  const bare = line.replace(/"(?:[^"]|"")*"/g, "");
  return ["\t", ";", ","].find((sign) => bare.includes(sign))?.charCodeAt(0) ?? 0x2c;
}
