/** ZIP archives read by ranges: members stored or deflated. Source: PKWARE APPNOTE 6.3. */
import { pipeline, Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { type ByteSource, FileError, memorySource, pieces, sliceOf } from "./ranges.ts";
import {
  bufferOf,
  damaged,
  decodeName,
  localHeaderBytes,
  type ZipArchive,
  type ZipMember,
} from "./zipDirectory.ts";

export { openZip, type ZipArchive, type ZipMember, zipIsComplete } from "./zipDirectory.ts";

/** DEFLATE cannot pack more than this many bytes into one. */
const maxDeflateRatio = 1032;
/** The most a deflated member may take in memory unless the caller says otherwise. */
export const maxInflatedBytes = 256 * 1024 * 1024;

/** Where a member's data begins, by its local header. Throws `FileError` when header and directory disagree. */
export async function memberOffset(archive: ZipArchive, member: ZipMember): Promise<number> {
  const { source } = archive;
  const header = bufferOf(await source.read(member.headerOffset, localHeaderBytes));
  if (header.readUInt32LE(0) !== 0x04034b50) throw damaged(source, `${member.name} has no header`);
  const nameBytes = header.readUInt16LE(26);
  const offset = member.headerOffset + localHeaderBytes + nameBytes + header.readUInt16LE(28);
  const name = decodeName(await source.read(member.headerOffset + localHeaderBytes, nameBytes));
  if (name !== member.name) throw damaged(source, `${member.name} is called ${name} in its own header`);
  if (offset + member.compressedSize > archive.directoryOffset) {
    throw damaged(source, `${member.name} runs into the directory`);
  }
  return offset;
}

/**
 * A member's bytes: a range of the file when stored, inflated into memory (checksum verified) when deflated.
 * Throws `FileError` for encrypted or otherwise packed members and for those over `limit` bytes when inflated.
 */
export async function openMember(
  archive: ZipArchive,
  member: ZipMember,
  limit = maxInflatedBytes,
): Promise<ByteSource> {
  const packed = await openPacked(archive, member);
  if (member.method === 0) return packed;
  requireWithin(archive, member, limit);
  const bytes = new Uint8Array(member.size);
  let done = 0;
  for await (const piece of inflated(packed, member)) {
    bytes.set(piece, done);
    done += piece.length;
  }
  return memorySource(bytes, packed.name);
}

/** Throws `FileError` for a member of more than `limit` bytes when it is unpacked. */
export function requireWithin(archive: ZipArchive, member: ZipMember, limit: number): void {
  if (member.size <= limit) return;
  throw new FileError(
    `${archive.source.name}:${member.name} unpacks to ${member.size} bytes, over the limit of ${limit}; save it unpacked.`,
  );
}

/**
 * A member's bytes in order, unpacked as they are asked for and not kept, whatever its size. Throws `FileError` as `openMember`
 * does, at the end at the latest.
 */
export async function* memberPieces(archive: ZipArchive, member: ZipMember): AsyncGenerator<Uint8Array> {
  const packed = await openPacked(archive, member);
  yield* member.method === 0 ? pieces(packed) : inflated(packed, member);
}

/** A member's bytes as they lie in the file. */
async function openPacked(archive: ZipArchive, member: ZipMember): Promise<ByteSource> {
  const name = `${archive.source.name}:${member.name}`;
  if (member.encrypted) throw new FileError(`${name} is encrypted; save it without a password.`);
  const offset = await memberOffset(archive, member);
  if (member.method !== 0 && member.method !== 8) {
    throw new FileError(`${name} is packed by method ${member.method}; save it stored or deflated.`);
  }
  if (member.method === 0 && member.size !== member.compressedSize) {
    throw damaged(archive.source, `${member.name} has two sizes`);
  }
  if (member.size > member.compressedSize * maxDeflateRatio + 1024) {
    throw damaged(archive.source, `${member.name} cannot unpack to the size it says`);
  }
  return sliceOf(archive.source, offset, member.compressedSize, name);
}

/** The first `length` bytes of a member, or all of a shorter one; of a deflated one no more than that is unpacked. */
export async function readMemberStart(
  archive: ZipArchive,
  member: ZipMember,
  length: number,
): Promise<Uint8Array> {
  const packed = await openPacked(archive, member);
  if (member.method === 0) return packed.read(0, Math.min(length, packed.size));
  const parts: Uint8Array[] = [];
  let done = 0;
  for await (const piece of unpacked(packed)) {
    parts.push(piece);
    done += piece.length;
    if (done >= length) break;
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** A deflated member's bytes, its size and checksum verified. */
async function* inflated(packed: ByteSource, member: ZipMember): AsyncGenerator<Uint8Array> {
  let done = 0;
  let crc = 0;
  for await (const piece of unpacked(packed)) {
    done += piece.length;
    if (done > member.size) {
      throw new FileError(
        `${packed.name} unpacks to more than the size it says; it is damaged: save it again.`,
      );
    }
    crc = crc32(piece, crc);
    yield piece;
  }
  if (done !== member.size || crc !== member.crc) {
    throw new FileError(`${packed.name} does not match its checksum; it is damaged: save it again.`);
  }
}

async function* unpacked(packed: ByteSource): AsyncGenerator<Uint8Array> {
  const inflater = createInflateRaw();
  // Errors of either stream end the loop below; without a listener of their own they would end the process.
  pipeline(Readable.from(pieces(packed)), inflater, () => undefined);
  try {
    for await (const piece of inflater) if (piece instanceof Uint8Array) yield piece;
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${packed.name} cannot be unpacked; it is damaged: save it again.`);
  }
}
