/** ZIP archives (with zip64) read by ranges: the directory, and members stored or deflated. Source: PKWARE APPNOTE 6.3. */
import { pipeline, Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { type ByteSource, FileError, memorySource, pieces, readLong, sliceOf } from "./ranges.ts";

export interface ZipMember {
  readonly name: string;
  /** 0 stored, 8 deflated; others cannot be read. */
  readonly method: number;
  readonly encrypted: boolean;
  /** Whether checksum and sizes follow the data in a record of their own. */
  readonly hasDescriptor: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Place of its local header, which comes before its data. */
  readonly headerOffset: number;
  /** Place of its record in the central directory. */
  readonly recordOffset: number;
}

export interface ZipArchive {
  readonly source: ByteSource;
  /** In directory order, by name. */
  readonly members: ReadonlyMap<string, ZipMember>;
  /** Where the directory begins, and members must have ended. */
  readonly directoryOffset: number;
  /** Where the records behind the directory begin. */
  readonly endOffset: number;
}

const endBytes = 22;
const maxCommentBytes = 0xffff;
const maxDirectoryBytes = 100 * 1024 * 1024;
const localHeaderBytes = 30;
const recordBytes = 46;
/** DEFLATE cannot pack more than this many bytes into one. */
const maxDeflateRatio = 1032;
/** The most a deflated member may take in memory unless the caller says otherwise. */
export const maxInflatedBytes = 256 * 1024 * 1024;

/**
 * Reads the central directory. Throws `FileError` when the file is no archive, is incomplete, or when its directory lies
 * about sizes and places; a member's data is looked at only when it is opened.
 */
export async function openZip(source: ByteSource): Promise<ZipArchive> {
  const end = await findEnd(source);
  if (end.size > maxDirectoryBytes) throw damaged(source, "its directory is over the limit of 100 MB");
  if (end.offset + end.size > end.endOffset) throw damaged(source, "its directory lies outside the file");
  if (end.count * recordBytes > end.size) throw damaged(source, "its directory is shorter than it says");
  const directory = bufferOf(await readLong(source, end.offset, end.size));
  const members = new Map<string, ZipMember>();
  let at = 0;
  for (let i = 0; i < end.count; i += 1) {
    const { member, next } = parseRecord(source, directory, at, end.offset);
    if (members.has(member.name)) throw damaged(source, `it holds ${member.name} twice`);
    members.set(member.name, member);
    at = next;
  }
  checkPlaces(source, [...members.values()], end.offset);
  return { source, members, directoryOffset: end.offset, endOffset: end.endOffset };
}

/** Whether the file ends with a whole directory, as a finished archive does. Reads only its tail. */
export async function zipIsComplete(source: ByteSource): Promise<boolean> {
  try {
    const end = await findEnd(source);
    if (end.count === 0) return end.size === 0;
    const first = bufferOf(await source.read(end.offset, 4));
    return end.offset + end.size <= end.endOffset && first.readUInt32LE(0) === 0x02014b50;
  } catch (error) {
    if (error instanceof FileError) return false;
    throw error;
  }
}

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

interface End {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
  /** Where the end records begin: the directory must lie before. */
  readonly endOffset: number;
}

async function findEnd(source: ByteSource): Promise<End> {
  const tailOffset = Math.max(0, source.size - endBytes - maxCommentBytes);
  const tail = bufferOf(await source.read(tailOffset, source.size - tailOffset));
  for (let at = tail.length - endBytes; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== 0x06054b50) continue;
    if (at + endBytes + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const plain = {
      count: tail.readUInt16LE(at + 10),
      size: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
      endOffset: tailOffset + at,
    };
    return (await findEnd64(source, tailOffset + at)) ?? plain;
  }
  throw new FileError(`${source.name} has no end of archive; it is incomplete or no archive: save it again.`);
}

/** The zip64 end record, which a locator right before the plain one points at. */
async function findEnd64(source: ByteSource, endOffset: number): Promise<End | null> {
  if (endOffset < 20) return null;
  const locator = bufferOf(await source.read(endOffset - 20, 20));
  if (locator.readUInt32LE(0) !== 0x07064b50) return null;
  const at = Number(locator.readBigUInt64LE(8));
  if (at + 56 > endOffset) throw damaged(source, "its zip64 record lies outside the file");
  const record = bufferOf(await source.read(at, 56));
  if (record.readUInt32LE(0) !== 0x06064b50) throw damaged(source, "its zip64 record is missing");
  return {
    count: Number(record.readBigUInt64LE(32)),
    size: Number(record.readBigUInt64LE(40)),
    offset: Number(record.readBigUInt64LE(48)),
    endOffset: at,
  };
}

function parseRecord(source: ByteSource, directory: Buffer, at: number, directoryOffset: number) {
  if (at + recordBytes > directory.length || directory.readUInt32LE(at) !== 0x02014b50) {
    throw damaged(source, "its directory is torn");
  }
  const flags = directory.readUInt16LE(at + 8);
  const nameEnd = at + recordBytes + directory.readUInt16LE(at + 28);
  const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
  const next = extraEnd + directory.readUInt16LE(at + 32);
  if (next > directory.length) throw damaged(source, "its directory is torn");
  const sizes = {
    size: directory.readUInt32LE(at + 24),
    compressedSize: directory.readUInt32LE(at + 20),
    headerOffset: directory.readUInt32LE(at + 42),
  };
  const member: ZipMember = {
    name: decodeName(directory.subarray(at + recordBytes, nameEnd)),
    method: directory.readUInt16LE(at + 10),
    encrypted: (flags & 1) !== 0,
    hasDescriptor: (flags & 8) !== 0,
    crc: directory.readUInt32LE(at + 16),
    ...withZip64(source, sizes, directory.subarray(nameEnd, extraEnd)),
    recordOffset: directoryOffset + at,
  };
  return { member, next };
}

/** Replaces the sizes that do not fit 32 bits by those of the zip64 extra field, which holds just these, in order. */
function withZip64(
  source: ByteSource,
  sizes: { size: number; compressedSize: number; headerOffset: number },
  extra: Buffer,
) {
  const wide = { ...sizes };
  const missing = (["size", "compressedSize", "headerOffset"] as const).filter(
    (key) => sizes[key] === 0xffffffff,
  );
  for (let at = 0; missing.length > 0 && at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    if (at + 4 + missing.length * 8 > extra.length) throw damaged(source, "a zip64 field is torn");
    for (const [i, key] of missing.entries()) wide[key] = Number(extra.readBigUInt64LE(at + 4 + i * 8));
    break;
  }
  return wide;
}

/** Members lie before the directory and do not overlap, so that one byte has one meaning. */
function checkPlaces(source: ByteSource, members: ZipMember[], directoryOffset: number): void {
  let end = 0;
  for (const member of members.sort((a, b) => a.headerOffset - b.headerOffset)) {
    if (member.headerOffset < end) throw damaged(source, `${member.name} overlaps another member`);
    end = member.headerOffset + localHeaderBytes + member.compressedSize;
    if (!(end <= directoryOffset)) throw damaged(source, `${member.name} lies outside the file`);
  }
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString("latin1");
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function damaged(source: ByteSource, what: string): FileError {
  return new FileError(`${source.name} is not a sound zip archive: ${what}; it is damaged: save it again.`);
}
