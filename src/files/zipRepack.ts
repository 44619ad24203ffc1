/** Replacing whole deflated ZIP members: they get longer or shorter, and whatever says where the others are follows. */
import { pipeline, Readable } from "node:stream";
import { crc32, createDeflateRaw } from "node:zlib";
import { applyPatches, type Patch } from "./atomic.ts";
import { FileError } from "./ranges.ts";
import type { Splice } from "./splicedCopy.ts";
import { memberOffset, type ZipArchive, type ZipMember } from "./zip.ts";

/** A member and its new content, unpacked, of the same size as before. */
export interface Repack {
  readonly member: ZipMember;
  readonly content: AsyncIterable<Uint8Array>;
}

const wide = 0xffffffff;

/**
 * Splices that put new content into deflated members. Members keep their order and everything else about them.
 * Throws `FileError` for archives that need 64-bit places or keep checksums behind the data: NumPy and Keras write none.
 */
export async function repackMembers(archive: ZipArchive, repacks: readonly Repack[]): Promise<Splice[]> {
  const { source } = archive;
  const splices: Splice[] = [];
  const moves: { readonly from: number; readonly by: number }[] = [];
  for (const { member, content } of repacks) {
    if (member.method !== 8 || member.encrypted || member.hasDescriptor) throw unable(archive, member.name);
    const offset = await memberOffset(archive, member);
    const { packed, crc: sum } = await pack(content);
    const crc = uint32(sum);
    const size = uint32(packed.length);
    const header = await source.read(member.headerOffset, offset - member.headerOffset);
    const sizeAt = packedSizeAt(archive, member, Buffer.from(header));
    splices.push(
      { offset: member.headerOffset + 14, length: 4, bytes: crc },
      { offset: member.headerOffset + sizeAt, length: 4, bytes: size },
      { offset, length: member.compressedSize, bytes: packed },
      { offset: member.recordOffset + 16, length: 4, bytes: crc },
      { offset: member.recordOffset + 20, length: 4, bytes: size },
    );
    moves.push({ from: member.headerOffset, by: packed.length - member.compressedSize });
  }
  const moved = (place: number) =>
    moves.reduce((sum, { from, by }) => (from < place ? sum + by : sum), place);
  for (const member of archive.members.values()) {
    const place = moved(member.headerOffset);
    if (place === member.headerOffset) continue;
    splices.push(await moveOf(archive, member.recordOffset + 42, member.headerOffset, place));
  }
  const { directoryOffset } = archive;
  if (moved(directoryOffset) === directoryOffset) return splices;
  splices.push(await moveOf(archive, archive.endOffset + 16, directoryOffset, moved(directoryOffset)));
  return splices;
}

/** Pieces of a member one after another, with what the patches say put into them. */
export async function* patchedPieces(
  pieces: AsyncIterable<Uint8Array>,
  patches: readonly Patch[],
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of pieces) {
    const own = Uint8Array.from(piece);
    applyPatches(own, at, patches);
    yield own;
    at += own.length;
  }
}

/** Content as it is deflated: only what comes out is held. */
async function pack(content: AsyncIterable<Uint8Array>) {
  const deflater = createDeflateRaw();
  let crc = 0;
  const counted = async function* () {
    for await (const piece of content) {
      crc = crc32(piece, crc);
      yield piece;
    }
  };
  // An error of the content ends the loop below.
  pipeline(Readable.from(counted()), deflater, () => undefined);
  const parts: Uint8Array[] = [];
  for await (const piece of deflater) if (piece instanceof Uint8Array) parts.push(piece);
  return { packed: Buffer.concat(parts), crc };
}

/** Where the local header says the packed size: in its 32-bit field, or in the zip64 field that NumPy always writes. */
function packedSizeAt(archive: ZipArchive, member: ZipMember, header: Buffer): number {
  if (header.readUInt32LE(18) !== wide) return 18;
  const extra = 30 + header.readUInt16LE(26);
  for (let at = extra; at + 20 <= header.length; at += 4 + header.readUInt16LE(at + 2)) {
    if (header.readUInt16LE(at) === 1) return at + 12;
  }
  throw unable(archive, member.name);
}

/** Changes a 32-bit place in the directory; one that stands elsewhere, as 64 bits, is not what was expected there. */
async function moveOf(archive: ZipArchive, at: number, before: number, after: number): Promise<Splice> {
  const bytes = Buffer.from(await archive.source.read(at, 4));
  if (bytes.readUInt32LE(0) !== before || after >= wide) throw unable(archive, "its directory");
  return { offset: at, length: 4, bytes: uint32(after) };
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function unable(archive: ZipArchive, what: string): FileError {
  return new FileError(
    `${archive.source.name} keeps ${what} in a form that is not packed again; save it unpacked.`,
  );
}
