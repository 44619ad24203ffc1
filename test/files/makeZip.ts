/** Archives for tests, written by the book, with every optional part on request. */
import { crc32, deflateRawSync } from "node:zlib";

export interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  /** A lie about the unpacked size. */
  readonly claimedSize?: number;
}

export interface ZipOptions {
  readonly zip64?: boolean;
  readonly descriptor?: boolean;
  readonly comment?: string;
}

function little(...fields: [bytes: 2 | 4 | 8, value: number][]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt(value));
      return field.subarray(0, bytes);
    }),
  );
}

export function makeZip(entries: readonly Entry[], options: ZipOptions = {}): Uint8Array {
  const parts: Buffer[] = [];
  const records: Buffer[] = [];
  let offset = 0;
  const flags = options.descriptor ? 8 : 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const data = Buffer.from(entry.deflate ? deflateRawSync(entry.bytes) : entry.bytes);
    const size = entry.claimedSize ?? entry.bytes.length;
    const crc = crc32(entry.bytes);
    const method = entry.deflate ? 8 : 0;
    const wide = options.zip64
      ? little([2, 1], [2, 24], [8, size], [8, data.length], [8, offset])
      : Buffer.alloc(0);
    const stated = options.zip64 ? 0xffffffff : null;
    const header = Buffer.concat([
      little([4, 0x04034b50], [2, 45], [2, flags], [2, method], [4, 0]),
      little([4, options.descriptor ? 0 : crc], [4, data.length], [4, size], [2, name.length], [2, 0]),
      name,
    ]);
    const descriptor = options.descriptor
      ? little([4, 0x08074b50], [4, crc], [4, data.length], [4, size])
      : Buffer.alloc(0);
    records.push(
      little([4, 0x02014b50], [2, 45], [2, 45], [2, flags], [2, method], [4, 0], [4, crc]),
      little([4, stated ?? data.length], [4, stated ?? size], [2, name.length], [2, wide.length]),
      little([2, 0], [2, 0], [2, 0], [4, 0], [4, stated ?? offset]),
      name,
      wide,
    );
    parts.push(header, data, descriptor);
    offset += header.length + data.length + descriptor.length;
  }
  const directory = Buffer.concat(records);
  const comment = Buffer.from(options.comment ?? "");
  const end64 = little(
    [4, 0x06064b50],
    [8, 44],
    [2, 45],
    [2, 45],
    [4, 0],
    [4, 0],
    [8, entries.length],
    [8, entries.length],
  );
  const wideEnd = options.zip64
    ? Buffer.concat([
        end64,
        little([8, directory.length], [8, offset]),
        little([4, 0x07064b50], [4, 0], [8, offset + directory.length], [4, 1]),
      ])
    : Buffer.alloc(0);
  const end = little([4, 0x06054b50], [4, 0], [2, entries.length], [2, entries.length]);
  const place = options.zip64
    ? little([4, 0xffffffff], [4, 0xffffffff])
    : little([4, directory.length], [4, offset]);
  return Buffer.concat([...parts, directory, wideEnd, end, place, little([2, comment.length]), comment]);
}
