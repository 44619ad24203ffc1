/** The directory of a ZIP archive (with zip64): what members there are, and where. Source: PKWARE APPNOTE 6.3. */
import { type ByteSource, FileError, readLong } from "./ranges.ts";

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
/** Of a local header, before its name. */
export const localHeaderBytes = 30;
const recordBytes = 46;

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

/** Names are UTF-8, or of an old archive in its own code page. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString("latin1");
  }
}

/** The same bytes as a `Buffer`. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What a damaged archive is refused with. */
export function damaged(source: ByteSource, what: string): FileError {
  return new FileError(`${source.name} is not a sound zip archive: ${what}; it is damaged: save it again.`);
}
