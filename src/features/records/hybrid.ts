/**
 * Parquet's hybrid of run lengths and packed bits: levels, and places in a dictionary. A run is never believed beyond the
 * values that the page has. Source: parquet-format, Encodings.md, RLE = 3.
 */

/** A place in bytes. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Reads `count` values of `width` bits. Throws `RangeError` where the bytes end before. */
export function readHybrid(cursor: Cursor, width: number, count: number): Int32Array {
  const values = new Int32Array(count);
  if (width === 0) return values;
  if (width > 32) throw new RangeError(`values of ${width} bits`);
  for (let done = 0; done < count; ) {
    const header = readVarint(cursor);
    done =
      header & 1
        ? readPacked(cursor, header >>> 1, width, values, done)
        : readRun(cursor, header >>> 1, width, values, done);
  }
  return values;
}

function readRun(cursor: Cursor, length: number, width: number, values: Int32Array, from: number): number {
  let value = 0;
  for (let shift = 0; shift < width; shift += 8) value |= next(cursor) << shift;
  if (length === 0) throw new RangeError("a run of nothing");
  const end = Math.min(values.length, from + length);
  values.fill(value, from, end);
  return end;
}

function readPacked(cursor: Cursor, octets: number, width: number, values: Int32Array, from: number): number {
  const start = cursor.at;
  const end = Math.min(values.length, from + 8 * octets);
  if (end === from) throw new RangeError("a run of nothing");
  let [held, bits] = [0, 0];
  for (let at = from; at < end; at++) {
    let value = 0;
    for (let got = 0; got < width; ) {
      if (bits === 0) {
        held = next(cursor);
        bits = 8;
      }
      const taken = Math.min(bits, width - got);
      value |= (held & ((1 << taken) - 1)) << got;
      held >>>= taken;
      bits -= taken;
      got += taken;
    }
    values[at] = value;
  }
  // The last run is filled up to eight values, which the page may leave out.
  cursor.at = Math.min(cursor.bytes.length, start + octets * width);
  return end;
}

function next(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at];
  if (byte === undefined) throw new RangeError("bytes that are not there");
  cursor.at += 1;
  return byte;
}

function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = next(cursor);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
  throw new RangeError("a number that does not end");
}
