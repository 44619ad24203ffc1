/** The values of a column of a Parquet file, page by page: never more than a page in memory, whatever a row group holds. */
import { parquetHeader } from "hyparquet/src/column.js";
import { convert, DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from "hyparquet/src/delta.js";
import { byteStreamSplit } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import type {
  ColumnDecoder,
  ColumnMetaData,
  DecodedArray,
  Encoding,
  PageHeader,
  SchemaTree,
} from "hyparquet/src/types.js";
import { compressors } from "hyparquet-compressors";
import { type ByteSource, readLong } from "../../files/ranges.ts";
import { type Cursor, readHybrid } from "./hybrid.ts";

/** What a column's page holds: `values` of those entries whose level says that they are there. */
export interface ColumnPage {
  /** Entries: values and those that are missing. */
  readonly count: number;
  readonly values: DecodedArray;
  /** Whether an entry is missing. */
  readonly hasNulls: boolean;
  /** The first entry that is missing; -1 where none is. */
  readonly firstNull: number;
  /** For each entry 0 where a row begins; null where each entry is a row. */
  readonly repetition: Int32Array | null;
}

const mostPageBytes = 256 * 1024 * 1024;
const mostEntries = 2 ** 24;
const headerBytes = 64 * 1024;
const mostHeaderBytes = 16 * 1024 * 1024;

/**
 * Reads the pages of a column chunk in order. Throws `FileError`, and whatever the decoders throw at bytes that are not sound.
 * @param schemaPath from the root to the leaf
 */
export async function* readPages(
  source: ByteSource,
  meta: ColumnMetaData,
  schemaPath: SchemaTree[],
): AsyncGenerator<ColumnPage> {
  const leaf = schemaPath.at(-1);
  if (!leaf) throw new RangeError("a column without a place in the schema");
  const decoder: ColumnDecoder = {
    pathInSchema: meta.path_in_schema,
    type: meta.type,
    element: leaf.element,
    schemaPath,
    codec: meta.codec,
    parsers: DEFAULT_PARSERS,
    compressors,
  };
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const end = start + Number(meta.total_compressed_size);
  let dictionary: DecodedArray | null = null;
  for (let at = start; at < end; ) {
    const { header, length } = await readHeader(source, at, end);
    at += length;
    const { compressed_page_size: size, uncompressed_page_size: unpacked } = header;
    if (!(size >= 0 && size <= mostPageBytes && unpacked >= 0 && unpacked <= mostPageBytes))
      throw new RangeError(`a page of ${Math.max(size, unpacked)} bytes`);
    const bytes = await readLong(source, at, size);
    at += size;
    if (header.type === "DICTIONARY_PAGE") dictionary = readDictionary(bytes, header, decoder);
    else if (header.type !== "INDEX_PAGE") yield readData(bytes, header, decoder, dictionary);
  }
}

async function readHeader(
  source: ByteSource,
  at: number,
  end: number,
): Promise<{ header: PageHeader; length: number }> {
  for (let size = headerBytes; ; size *= 4) {
    const length = Math.min(size, end - at);
    const bytes = await source.read(at, length);
    const reader = { view: viewOf(bytes), offset: 0 };
    try {
      const header = parquetHeader(reader);
      return { header, length: reader.offset };
    } catch (error) {
      if (length < size || size >= mostHeaderBytes) throw error;
    }
  }
}

function readDictionary(bytes: Uint8Array, header: PageHeader, decoder: ColumnDecoder): DecodedArray {
  const count = entries(header.dictionary_page_header?.num_values);
  const page = decompressPage(bytes, header.uncompressed_page_size, decoder.codec, decoder.compressors);
  return convert(plainValues(page, count, decoder), decoder);
}

function readData(
  bytes: Uint8Array,
  header: PageHeader,
  decoder: ColumnDecoder,
  dictionary: DecodedArray | null,
): ColumnPage {
  const { codec } = decoder;
  const repetitionWidth = bitsOf(getMaxRepetitionLevel(decoder.schemaPath));
  const mostDefined = getMaxDefinitionLevel(decoder.schemaPath);
  const second = header.data_page_header_v2;
  if (second) {
    const count = entries(second.num_values);
    const { repetition_levels_byte_length: repeats, definition_levels_byte_length: defines } = second;
    const levels = (from: number, length: number, width: number) =>
      width === 0 ? null : readHybrid({ bytes: part(bytes, from, length), at: 0 }, width, count);
    const repetition = levels(0, repeats, repetitionWidth);
    const definition = levels(repeats, defines, bitsOf(mostDefined));
    const rest = bytes.subarray(repeats + defines);
    const size = header.uncompressed_page_size - repeats - defines;
    const page =
      second.is_compressed !== false && size > 0 ? decompressPage(rest, size, codec, compressors) : rest;
    return pageOf(
      { bytes: page, at: 0 },
      { count, repetition, definition, mostDefined, encoding: second.encoding },
      decoder,
      dictionary,
    );
  }
  const first = header.data_page_header;
  if (!first) throw new RangeError(`a page of the kind ${header.type}`);
  const count = entries(first.num_values);
  const cursor = { bytes: decompressPage(bytes, header.uncompressed_page_size, codec, compressors), at: 0 };
  const repetition = prefixedLevels(cursor, repetitionWidth, count);
  const definition = prefixedLevels(cursor, bitsOf(mostDefined), count);
  return pageOf(
    cursor,
    { count, repetition, definition, mostDefined, encoding: first.encoding },
    decoder,
    dictionary,
  );
}

interface Levels {
  readonly count: number;
  readonly repetition: Int32Array | null;
  readonly definition: Int32Array | null;
  readonly mostDefined: number;
  readonly encoding: Encoding;
}

function pageOf(
  cursor: Cursor,
  levels: Levels,
  decoder: ColumnDecoder,
  dictionary: DecodedArray | null,
): ColumnPage {
  const { count, repetition, definition, mostDefined, encoding } = levels;
  let present = count;
  let firstNull = -1;
  if (definition) {
    present = 0;
    for (let i = 0; i < count; i++) {
      if (definition[i] === mostDefined) present++;
      else if (firstNull < 0) firstNull = i;
    }
  }
  const values = valuesOf(cursor, present, encoding, decoder, dictionary);
  if (values.length < present) throw new RangeError(`${values.length} values of ${present}`);
  return { count, values, hasNulls: present < count, firstNull, repetition };
}

function valuesOf(
  cursor: Cursor,
  count: number,
  encoding: Encoding,
  decoder: ColumnDecoder,
  dictionary: DecodedArray | null,
): DecodedArray {
  const { type, element } = decoder;
  const rest = cursor.bytes.subarray(cursor.at);
  const reader = { view: viewOf(rest), offset: 0 };
  switch (encoding) {
    case "PLAIN":
      return convert(plainValues(rest, count, decoder), decoder);
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY": {
      if (dictionary === null) throw new RangeError("places in a dictionary that is not there");
      const width = count === 0 ? 0 : (rest[0] ?? 0);
      return looked(readHybrid({ bytes: rest, at: 1 }, width, count), dictionary);
    }
    case "RLE": {
      if (type !== "BOOLEAN") throw new RangeError(`${type} as run lengths`);
      // Its length comes first in pages of the first version, and with it in those of the second.
      return [...readHybrid({ bytes: rest, at: 4 }, 1, count)].map((value) => value === 1);
    }
    case "BYTE_STREAM_SPLIT":
      return convert(byteStreamSplit(reader, count, type, element.type_length), decoder);
    case "DELTA_BINARY_PACKED": {
      const values = type === "INT32" ? new Int32Array(count) : new BigInt64Array(count);
      if (count > 0) deltaBinaryUnpack(reader, count, values);
      return convert(values, decoder);
    }
    case "DELTA_LENGTH_BYTE_ARRAY":
    case "DELTA_BYTE_ARRAY": {
      const values: Uint8Array[] = [];
      values.length = count;
      if (encoding === "DELTA_BYTE_ARRAY") deltaByteArray(reader, count, values);
      else deltaLengthByteArray(reader, count, values);
      return convert(values, decoder);
    }
    default:
      throw new RangeError(`the encoding ${encoding}, which is not known`);
  }
}

function plainValues(bytes: Uint8Array, count: number, { type, element }: ColumnDecoder): DecodedArray {
  // Values of fixed size are copied, so that views of any alignment are made of them.
  return readPlain({ view: viewOf(bytes), offset: 0 }, type, count, element.type_length);
}

function looked(places: Int32Array, dictionary: DecodedArray): DecodedArray {
  const size = dictionary.length;
  if (!places.every((place) => place >= 0 && place < size))
    throw new RangeError("a place outside of its dictionary");
  if (dictionary instanceof Float32Array) return Float32Array.from(places, (place) => dictionary[place] ?? 0);
  if (dictionary instanceof Float64Array) return Float64Array.from(places, (place) => dictionary[place] ?? 0);
  return Array.from(places, (place): unknown => dictionary[place]);
}

function prefixedLevels(cursor: Cursor, width: number, count: number): Int32Array | null {
  if (width === 0) return null;
  const length = viewOf(cursor.bytes).getUint32(cursor.at, true);
  const levels = readHybrid({ bytes: part(cursor.bytes, cursor.at + 4, length), at: 0 }, width, count);
  cursor.at += 4 + length;
  return levels;
}

function part(bytes: Uint8Array, from: number, length: number): Uint8Array {
  if (!(length >= 0 && from + length <= bytes.length)) throw new RangeError("levels that are not there");
  return bytes.subarray(from, from + length);
}

function entries(count: number | undefined): number {
  if (count === undefined || !(count >= 0 && count <= mostEntries))
    throw new RangeError(`a page of ${count} values`);
  return count;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView<ArrayBuffer> {
  if (!(buffer instanceof ArrayBuffer)) throw new RangeError("bytes that are shared");
  return new DataView(buffer, byteOffset, byteLength);
}

function bitsOf(most: number): number {
  return 32 - Math.clz32(most);
}
