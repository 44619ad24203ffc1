/** The header of a NumPy array file, versions 1 to 3. Source: numpy.lib.format. Object arrays are refused: they are programs. */
import { bytesPerElement, elementCount } from "./numbers.ts";
import { type ByteSource, FileError } from "./ranges.ts";

export interface NpyHeader {
  /** "F32", "I64" and so on; "BOOL" for bool. */
  readonly type: string;
  readonly littleEndian: boolean;
  /** Column-major order. */
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly dataOffset: number;
  /** Size of the data. */
  readonly bytes: number;
}

const maxHeaderBytes = 1024 * 1024;
const pieceBytes = 1024 * 1024;

/**
 * Reads the header; `size` is that of the whole file where the source holds only its start.
 * Throws `FileError` when it is not sound, names a type that cannot be read, or promises too much data.
 */
export async function readNpyHeader(source: ByteSource, size = source.size): Promise<NpyHeader> {
  const { descr, fortran, shape, dataOffset } = await readDescription(source);
  const { type, littleEndian } = parseType(source, descr);
  const bytes = elementCount(shape) * (bytesPerElement(type) ?? 0);
  if (!(dataOffset + bytes <= size)) {
    throw new FileError(
      `${source.name} needs ${dataOffset + bytes} bytes for its array and has ${size}; it is incomplete: save it again.`,
    );
  }
  return { type, littleEndian, fortran, shape, dataOffset, bytes };
}

/** The text of an array of one text, of at most `mostLetters`; null for any other array. Throws `FileError`. */
export async function readNpyText(source: ByteSource, mostLetters: number): Promise<string | null> {
  const { descr, shape, dataOffset } = await readDescription(source);
  const [, order, kind, digits] = /^([<>|=]?)([US])(\d+)$/.exec(descr) ?? [];
  const letters = Number(digits);
  if (kind === undefined || elementCount(shape) !== 1 || letters > mostLetters) return null;
  const width = kind === "U" ? 4 : 1;
  if (dataOffset + letters * width > source.size) throw wrong(source, "it ends within its text");
  const bytes = await source.read(dataOffset, letters * width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const codes = Array.from({ length: letters }, (_, at) =>
    kind === "U" ? view.getUint32(4 * at, order !== ">") : view.getUint8(at),
  );
  if (codes.some((code) => code > 0x10ffff)) throw wrong(source, "its text has letters that do not exist");
  return String.fromCodePoint(...codes).replace(/\0+$/, "");
}

/** An array of N texts, numbered as they come; null for an array of anything else. Throws `FileError`. */
export async function readNpyTexts(
  source: ByteSource,
): Promise<{ readonly codes: Int32Array; readonly texts: readonly string[] } | null> {
  const { descr, shape, dataOffset } = await readDescription(source);
  const [, order, kind, digits] = /^([<>|=]?)([US])(\d+)$/.exec(descr) ?? [];
  const count = elementCount(shape);
  if (kind === undefined || shape.length === 0 || count !== shape[0]) return null;
  const bytes = Number(digits) * (kind === "U" ? 4 : 1);
  if (dataOffset + bytes * count > source.size) throw wrong(source, "it ends within its texts");
  const known = new Map<string, number>();
  const codes = new Int32Array(count);
  const atOnce = Math.max(1, Math.floor(pieceBytes / Math.max(1, bytes)));
  for (let from = 0; from < count; from += atOnce) {
    const rows = Math.min(atOnce, count - from);
    const piece = Buffer.from(await source.read(dataOffset + from * bytes, rows * bytes));
    for (let row = 0; row < rows; row++) {
      const text = textOf(source, piece.subarray(row * bytes, (row + 1) * bytes), kind, order !== ">");
      const code = known.get(text) ?? known.size;
      known.set(text, code);
      codes[from + row] = code;
    }
  }
  return { codes, texts: [...known.keys()] };
}

function textOf(source: ByteSource, bytes: Buffer, kind: string, littleEndian: boolean): string {
  if (kind === "S") return bytes.toString("utf8").replace(/\0+$/, "");
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const code = littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    if (code > 0x10ffff) throw wrong(source, "its text has letters that do not exist");
    if (code === 0) break;
    text += String.fromCodePoint(code);
  }
  return text;
}

/** What a header says, and where the data begins. */
async function readDescription(source: ByteSource) {
  const start = await source.read(0, Math.min(12, source.size));
  if (start.length < 10 || Buffer.from(start.subarray(0, 6)).toString("latin1") !== "\x93NUMPY") {
    throw new FileError(`${source.name} is no NumPy array; save it with numpy.save.`);
  }
  const version = start[6] ?? 0;
  if (version < 1 || version > 3 || (version > 1 && start.length < 12)) {
    throw new FileError(
      `${source.name} has NumPy format version ${version}, and 1 to 3 are known; save it anew.`,
    );
  }
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const prefix = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxHeaderBytes) throw wrong(source, `its header claims ${length} bytes`);
  const text = Buffer.from(await source.read(prefix, length)).toString(version === 3 ? "utf8" : "latin1");
  return { ...parseHeader(source, text), dataOffset: prefix + length };
}

/** The header is a Python dictionary of three known keys; nothing else is understood, let alone run. */
function parseHeader(source: ByteSource, text: string) {
  const entry = /\s*'(descr|fortran_order|shape)':\s*(?:'([^']*)'|(True|False)|\(([\d\sL,]*)\))\s*,?/y;
  const body = /^\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) throw wrong(source, "its header is no dictionary");
  let descr: string | undefined;
  let order: string | undefined;
  let dimensions: string | undefined;
  while (entry.lastIndex < body.trimEnd().length) {
    const match = entry.exec(body);
    if (!match)
      throw wrong(source, "its header says something else than the type, order and shape of a plain array");
    if (match[1] === "descr") descr = match[2];
    else if (match[1] === "fortran_order") order = match[3];
    else dimensions = match[4];
  }
  if (descr === undefined || order === undefined || dimensions === undefined) {
    throw wrong(source, "its header lacks the type, order or shape of a plain array");
  }
  const shape = (dimensions.match(/\d+/g) ?? []).map(Number);
  if (shape.length > 64 || !shape.every(Number.isSafeInteger)) throw wrong(source, "its shape is impossible");
  return { descr, fortran: order === "True", shape };
}

const numbered = "number it from 0, for example by numpy.unique(values, return_inverse=True)[1]";

/** What else arrays hold, by numpy's letter, and what to do about it. */
const kindsOfOthers = new Map([
  ["U", ["text", numbered]],
  ["S", ["text", numbered]],
  ["O", ["Python objects", `save numbers as float32 or int64; if it is text, ${numbered}`]],
]);

function parseType(source: ByteSource, descr: string): { type: string; littleEndian: boolean } {
  const [, order = "", kind = "", digits = ""] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? [];
  const letter = new Map([
    ["f", "F"],
    ["i", "I"],
    ["u", "U"],
  ]).get(kind);
  const type = kind === "b" && digits === "1" ? "BOOL" : `${letter}${Number(digits) * 8}`;
  if (bytesPerElement(type) === null) {
    const [what, instead] = kindsOfOthers.get(kind) ?? [descr, "save it as float32 or int64"];
    throw new FileError(`${source.name} holds ${what}, which is not read; ${instead}.`);
  }
  return { type, littleEndian: order !== ">" };
}

function wrong(source: ByteSource, what: string): FileError {
  return new FileError(`${source.name} is not a sound NumPy array: ${what}; save it again.`);
}
