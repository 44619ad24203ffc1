/** Files of gigabytes that take kilobytes: pieces of bytes with holes between them, and ZIP archives made of such. */
import { open } from "node:fs/promises";

/** Bytes, or a hole of so many zeros. */
export type Piece = Uint8Array | number;

export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce<number>((sum, piece) => sum + (typeof piece === "number" ? piece : piece.length), 0);
}

export async function writeSparse(file: string, pieces: readonly Piece[]): Promise<void> {
  const handle = await open(file, "w");
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece !== "number") await handle.write(piece, 0, piece.length, at);
    at += lengthOf([piece]);
  }
  await handle.truncate(at);
  await handle.close();
}

/** Little-endian fields. */
export function fields(...parts: readonly (readonly [bytes: 1 | 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    parts.map(([bytes, value]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(BigInt(value));
      return field.subarray(0, bytes);
    }),
  );
}

/** A zip64 archive of stored members, all sizes and places in 64 bits. Checksums are those of nothing. */
export function sparseZip(
  members: readonly { readonly name: string; readonly pieces: readonly Piece[] }[],
): Piece[] {
  const archive: Piece[] = [];
  const records: Buffer[] = [];
  for (const { name, pieces } of members) {
    const size = lengthOf(pieces);
    const title = Buffer.from(name);
    const wide = 0xffffffff;
    const common = fields([2, 45], [2, 0], [2, 0], [4, 0], [4, 0], [4, wide], [4, wide], [2, title.length]);
    const extra = fields([2, 1], [2, 24], [8, size], [8, size], [8, lengthOf(archive)]);
    records.push(
      fields([4, 0x02014b50], [2, 45]),
      common,
      fields([2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0], [4, wide]),
    );
    records.push(title, extra);
    const local = fields([2, 1], [2, 16], [8, size], [8, size]);
    archive.push(fields([4, 0x04034b50]), common, fields([2, local.length]), title, local, ...pieces);
  }
  const start = lengthOf(archive);
  const directory = Buffer.concat(records);
  const count = members.length;
  const end = start + directory.length;
  return [
    ...archive,
    directory,
    fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0]),
    fields([8, count], [8, count], [8, directory.length], [8, start]),
    fields([4, 0x07064b50], [4, 0], [8, end], [4, 1]),
    fields(
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, 0xffff],
      [2, 0xffff],
      [4, 0xffffffff],
      [4, 0xffffffff],
      [2, 0],
    ),
  ];
}
