/** Changing bytes of a stored ZIP member in place: the patches for its data and for every copy of its checksum. */
import { crc32 } from "node:zlib";
import { applyPatches, type Patch } from "./atomic.ts";
import { FileError, pieces, sliceOf } from "./ranges.ts";
import { memberOffset, type ZipArchive, type ZipMember } from "./zip.ts";

/**
 * Turns patches counted from the start of a stored member into patches of the archive file, checksum included.
 * Reads the member once. All patches of a member go in one call. Throws `FileError` when the member is packed.
 */
export async function patchMember(
  archive: ZipArchive,
  member: ZipMember,
  patches: readonly Patch[],
  signal?: AbortSignal,
): Promise<Patch[]> {
  const { source } = archive;
  const name = `${source.name}:${member.name}`;
  if (member.method !== 0 || member.encrypted) {
    throw new FileError(`${name} is packed, so its numbers cannot be replaced in place; save it unpacked.`);
  }
  const offset = await memberOffset(archive, member);
  let crc = 0;
  let at = 0;
  for await (const piece of pieces(sliceOf(source, offset, member.size, name))) {
    signal?.throwIfAborted();
    const patched = Uint8Array.from(piece);
    applyPatches(patched, at, patches);
    crc = crc32(patched, crc);
    at += piece.length;
  }
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, crc, true);
  const places = [member.recordOffset + 16, ...(await checksumPlaces(archive, member, offset))];
  return [
    ...patches.map((patch) => ({ offset: offset + patch.offset, bytes: patch.bytes })),
    ...places.map((place) => ({ offset: place, bytes })),
  ];
}

/** Where the checksum stands besides the directory: in the local header, or in the descriptor after the data. */
async function checksumPlaces(archive: ZipArchive, member: ZipMember, offset: number): Promise<number[]> {
  const inHeader = member.headerOffset + 14;
  if (!member.hasDescriptor) return [inHeader];
  const places = (await uint32At(archive, inHeader)) === 0 ? [] : [inHeader];
  const end = offset + member.compressedSize;
  if (end + 8 <= archive.directoryOffset && (await uint32At(archive, end)) === 0x08074b50) {
    places.push(end + 4);
  } else if ((await uint32At(archive, end)) === member.crc) {
    places.push(end);
  } else {
    throw new FileError(`${archive.source.name} lacks the checksum after ${member.name}; save it again.`);
  }
  return places;
}

async function uint32At(archive: ZipArchive, offset: number): Promise<number> {
  const bytes = await archive.source.read(offset, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}
