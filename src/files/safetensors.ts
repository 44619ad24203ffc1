/** The safetensors layout: 8 bytes of header length, a JSON header, tensor data without holes. Source: its format page. */
import * as z from "zod";
import { bytesPerElement, elementCount } from "./numbers.ts";
import { type ByteSource, FileError, readLong } from "./ranges.ts";

/** A tensor's place in the file. `type` is the file's own word for it, for example "BF16". */
export interface SafetensorsEntry {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

const metadataKey = "__metadata__";
/** The format allows 100 MB; text and values of so much would take half a gigabyte. */
const maxHeaderBytes = 32 * 1024 * 1024;
/** The header is an object of objects with arrays; anything deeper is no header. */
const maxDepth = 3;
/** Each takes microseconds to check and a line to show; the largest networks have tens of thousands. */
const mostTensors = 200_000;

const dimension = z.int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.string().max(32),
  shape: z.array(dimension).max(64),
  data_offsets: z.tuple([dimension, dimension]),
});

/**
 * Reads the header and returns the tensors in order of their data. Every claim is checked: lengths, types, shapes, and that
 * the data covers the rest of the file without holes or overlaps. Throws `FileError` in one sentence otherwise.
 */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsEntry[]> {
  return (await readSafetensorsFile(source)).entries;
}

/** The same, with the texts that the header keeps beside the tensors; what is no text there is left out. */
export async function readSafetensorsFile(
  source: ByteSource,
): Promise<{ entries: SafetensorsEntry[]; metadata: ReadonlyMap<string, string> }> {
  if (source.size < 8) throw incomplete(source, "it has no header");
  const prefix = await source.read(0, 8);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes)
    throw wrong(source, `its header claims ${length} bytes, over the limit of 32 MB`);
  if (8 + length > source.size) throw incomplete(source, "it ends within its header");
  const header = parseHeader(source, await readLong(source, 8, length));
  const dataOffset = 8 + length;
  const entries = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => parseEntry(source, name, value, dataOffset))
    .sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = dataOffset;
  for (const entry of entries) {
    if (entry.offset !== end) throw wrong(source, `${entry.name} leaves a hole or overlaps another tensor`);
    end += entry.bytes;
  }
  if (end > source.size) throw incomplete(source, `its tensors need ${end} bytes and it has ${source.size}`);
  if (end < source.size) throw wrong(source, `${source.size - end} bytes after its tensors belong to none`);
  const texts = Object.entries(Object.entries(header).find(([name]) => name === metadataKey)?.[1] ?? {});
  const metadata = texts.filter((text): text is [string, string] => typeof text[1] === "string");
  return { entries, metadata: new Map(metadata) };
}

/** Length and header of a file whose tensors follow in the order given, padded so that they are aligned. */
export function safetensorsHeader(
  tensors: readonly {
    readonly name: string;
    readonly type: string;
    readonly shape: readonly number[];
    readonly bytes: number;
  }[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let offset = 0;
  const entries = tensors.map(({ name, type, shape, bytes }) => {
    const entry = { dtype: type, shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
    return [name, entry] as const;
  });
  const about = Object.keys(metadata).length > 0 ? { [metadataKey]: metadata } : {};
  const json = Buffer.from(JSON.stringify({ ...about, ...Object.fromEntries(entries) }));
  const header = Buffer.concat([json, Buffer.alloc(-json.length & 7, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
}

function parseHeader(source: ByteSource, bytes: Uint8Array): object {
  checkExtent(source, bytes);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw wrong(source, "its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw wrong(source, "its header is not a JSON object");
  }
  return header;
}

/** Refuses deep nesting and more tensors than any network has before anything is built from them. */
function checkExtent(source: ByteSource, bytes: Uint8Array): void {
  let depth = 0;
  let objects = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c) i += 1;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > maxDepth) throw wrong(source, "its header is nested too deep");
      if (depth === 2 && ++objects > mostTensors + 1) {
        throw new FileError(
          `${source.name} lists more than ${mostTensors} tensors, over the limit; save it in parts.`,
        );
      }
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
}

function parseEntry(source: ByteSource, name: string, value: unknown, dataOffset: number): SafetensorsEntry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw wrong(source, `${name} lacks a sound dtype, shape or data_offsets`);
  const { dtype, shape, data_offsets } = parsed.data;
  const [begin, end] = data_offsets;
  const bytes = end - begin;
  const width = bytesPerElement(dtype);
  const elements = elementCount(shape);
  if (bytes < 0 || (width !== null && elements * width !== bytes)) {
    throw wrong(source, `${name} [${shape.join(", ")}] of ${dtype} does not take ${bytes} bytes`);
  }
  return { name, type: dtype, shape, offset: dataOffset + begin, bytes };
}

function wrong(source: ByteSource, what: string): FileError {
  return new FileError(`${source.name} is not sound safetensors: ${what}; save it again.`);
}

function incomplete(source: ByteSource, what: string): FileError {
  return new FileError(`${source.name} is incomplete: ${what}; wait for its writer or save it again.`);
}
