/**
 * The arrays of an HDF5 file and where their bytes lie: superblocks 0 to 3, groups of both styles, data in one piece.
 * Only structure is read. Source: HDF5 File Format Specification 3.0.
 */

import { addressIn, type Hdf5Bytes, hdf5Bytes, nowhere } from "./hdf5Bytes.ts";
import {
  elementOf,
  linkOf,
  type Message,
  messageTypes,
  placeOf,
  readMessages,
  shapeOf,
} from "./hdf5Objects.ts";
import { bytesPerElement, decodeFloats, elementCount, type FloatType } from "./numbers.ts";
import { type ByteSource, FileError, readLong } from "./ranges.ts";

export interface Hdf5Array {
  /** Its path, parts joined by slashes. */
  readonly name: string;
  readonly shape: readonly number[];
  /** "F32", "I64" and so on, or "OTHER". */
  readonly type: string;
  readonly littleEndian: boolean;
  readonly bytes: number;
  /** Where its bytes begin, in row-major order; null when they do not lie in one piece. */
  readonly offset: number | null;
  /** How its bytes are kept otherwise, for example "compressed"; null when they lie in one piece. */
  readonly keptAs: string | null;
}

interface Superblock {
  readonly root: number;
  readonly end: number;
}

const signature = "\x89HDF\r\n\x1a\n";
const maxDepth = 64;
const maxObjects = 1_000_000;

/** Lists the arrays in order of their place. Throws `FileError` when the file is no HDF5, incomplete, or unsound. */
export function readHdf5(source: ByteSource): Hdf5Array[] {
  const bytes = hdf5Bytes(source);
  try {
    const { root, end } = readSuperblock(bytes);
    if (end > source.size) throw bytes.damaged(`it should have ${end} bytes and has ${source.size}`);
    return requireApart(bytes, collect(bytes, root));
  } catch (error) {
    // A field that its own structure is too short for.
    if (error instanceof RangeError) throw bytes.damaged("a part of its structure is torn");
    throw error;
  }
}

/** The numbers of an array that lies in one piece at `offset`, row-major. Throws `FileError` where the file is too short. */
export async function readHdf5Floats(
  source: ByteSource,
  { shape, bytes, littleEndian }: Hdf5Array,
  type: FloatType,
  offset: number,
): Promise<Float32Array> {
  const values = new Float32Array(elementCount(shape));
  decodeFloats(type, await readLong(source, offset, bytes), values.length, values, 0, littleEndian);
  return values;
}

/** Whether the file is as long as its superblock says and no writer has marked it open. */
export function hdf5IsComplete(source: ByteSource): boolean {
  const bytes = hdf5Bytes(source);
  try {
    const { root, end } = readSuperblock(bytes);
    return end === source.size && readMessages(bytes, root).length > 0;
  } catch (error) {
    if (error instanceof FileError || error instanceof RangeError) return false;
    throw error;
  }
}

function readSuperblock(bytes: Hdf5Bytes): Superblock {
  const block = bytes.at(0, Math.min(96, bytes.size));
  if (block.toString("latin1", 0, 8) !== signature) throw bytes.damaged("it does not begin as HDF5 does");
  const version = block.readUInt8(8);
  const widths = version < 2 ? 13 : 9;
  if (version > 3) throw bytes.damaged(`its version ${version} is not known`);
  if (block.readUInt8(widths) !== 8 || block.readUInt8(widths + 1) !== 8) {
    throw bytes.damaged("its addresses are not of 8 bytes");
  }
  if (version >= 2) {
    if (version === 3 && (block.readUInt8(11) & 1) !== 0) throw bytes.damaged("a program is writing to it");
    requireBaseZero(bytes, addressIn(block, 12));
    return { end: addressIn(block, 28), root: addressIn(block, 36) };
  }
  const base = version === 0 ? 24 : 28;
  requireBaseZero(bytes, addressIn(block, base));
  return { end: addressIn(block, base + 16), root: addressIn(block, base + 40) };
}

function requireBaseZero(bytes: Hdf5Bytes, base: number): void {
  if (base !== 0) throw bytes.damaged("it does not begin at its first byte");
}

/** Walks the groups from the root. An object that several links lead to is taken once. */
function collect(bytes: Hdf5Bytes, root: number): Hdf5Array[] {
  const arrays: Hdf5Array[] = [];
  const seen = new Set<number>([root]);
  const waiting = [{ address: root, path: "", depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { address, path, depth } = next;
    const messages = readMessages(bytes, address);
    if (messages.some((message) => message.type === messageTypes.layout)) {
      arrays.push(describeArray(bytes, path, messages));
      continue;
    }
    if (depth > maxDepth) throw bytes.damaged("its groups are nested too deep");
    for (const child of childrenOf(bytes, path, messages)) {
      if (seen.has(child.address)) continue;
      if (seen.size >= maxObjects) throw bytes.damaged("it holds more than a million objects");
      seen.add(child.address);
      const name = path === "" ? child.name : `${path}/${child.name}`;
      waiting.push({ address: child.address, path: name, depth: depth + 1 });
    }
  }
  return arrays;
}

interface Child {
  readonly name: string;
  readonly address: number;
}

function childrenOf(bytes: Hdf5Bytes, path: string, messages: readonly Message[]): Child[] {
  const children: Child[] = [];
  for (const { type, body } of messages) {
    if (type === messageTypes.symbolTable) {
      const heap = readHeap(bytes, addressIn(body, 8));
      children.push(...readSymbols(bytes, addressIn(body, 0), heap, null));
    } else if (type === messageTypes.link) {
      const link = linkOf(body);
      if (link) children.push(link);
    } else if (type === messageTypes.linkInfo && hasDenseLinks(body)) {
      throw new FileError(
        `${bytes.name} keeps the members of its group ${path || "/"} in a heap, which is not read; save it without libver="latest".`,
      );
    }
  }
  return children;
}

function hasDenseLinks(body: Buffer): boolean {
  return addressIn(body, 2 + (body.readUInt8(1) & 1 ? 8 : 0)) !== nowhere;
}

/** Names of an old-style group. */
function readHeap(bytes: Hdf5Bytes, address: number): Buffer {
  const header = bytes.at(address, 32);
  if (header.toString("latin1", 0, 4) !== "HEAP") throw bytes.damaged("a group has no names");
  return bytes.at(addressIn(header, 24), addressIn(header, 8));
}

/** Members of an old-style group: a B-tree whose leaves are symbol nodes. Levels fall on the way down, so it ends. */
function readSymbols(bytes: Hdf5Bytes, address: number, heap: Buffer, above: number | null): Child[] {
  const header = bytes.at(address, 24);
  const level = header.readUInt8(5);
  if (
    header.toString("latin1", 0, 4) !== "TREE" ||
    header.readUInt8(4) !== 0 ||
    (above !== null && level >= above)
  ) {
    throw bytes.damaged("a group's tree is torn");
  }
  const count = header.readUInt16LE(6);
  const entries = bytes.at(address + 24, count * 16 + 8);
  const children: Child[] = [];
  for (let i = 0; i < count; i += 1) {
    const child = addressIn(entries, 8 + i * 16);
    const found = level > 0 ? readSymbols(bytes, child, heap, level) : readSymbolNode(bytes, child, heap);
    for (const one of found) children.push(one);
  }
  return children;
}

function readSymbolNode(bytes: Hdf5Bytes, address: number, heap: Buffer): Child[] {
  const header = bytes.at(address, 8);
  if (header.toString("latin1", 0, 4) !== "SNOD") throw bytes.damaged("a group's members are torn");
  const count = header.readUInt16LE(6);
  const entries = bytes.at(address + 8, count * 40);
  const children: Child[] = [];
  for (let at = 0; at < entries.length; at += 40) {
    const isSoftLink = entries.readUInt32LE(at + 16) === 2;
    const start = addressIn(entries, at);
    const end = heap.indexOf(0, start);
    if (!(start < heap.length) || end < 0) throw bytes.damaged("a member has no name");
    if (!isSoftLink)
      children.push({ name: heap.toString("utf8", start, end), address: addressIn(entries, at + 8) });
  }
  return children;
}

function describeArray(bytes: Hdf5Bytes, name: string, messages: readonly Message[]): Hdf5Array {
  const one = (type: number) => messages.find((message) => message.type === type);
  const [space, datatype] = [one(messageTypes.dataspace), one(messageTypes.datatype)];
  if (!space || !datatype) throw bytes.damaged(`${name} has no shape or type`);
  const element =
    space.shared || datatype.shared
      ? { type: "OTHER", bytes: 0, littleEndian: true }
      : elementOf(datatype.body);
  const shape = space.shared ? [] : shapeOf(bytes, space.body);
  const place = placeOf(messages);
  const size = elementCount(shape) * element.bytes;
  const array = { name, shape, type: element.type, littleEndian: element.littleEndian, bytes: size };
  if (typeof place === "string") return { ...array, offset: null, keptAs: place };
  if (bytesPerElement(element.type) !== null && place.bytes !== size) {
    throw bytes.damaged(`${name} [${shape.join(", ")}] does not take ${place.bytes} bytes`);
  }
  if (!(place.offset + place.bytes <= bytes.size)) throw bytes.damaged(`${name} lies outside the file`);
  return { ...array, bytes: place.bytes, offset: place.offset, keptAs: null };
}

/** Arrays may not share bytes: replacing one would change another. */
function requireApart(bytes: Hdf5Bytes, arrays: Hdf5Array[]): Hdf5Array[] {
  arrays.sort((a, b) => (a.offset ?? nowhere) - (b.offset ?? nowhere) || 0);
  let end = 0;
  for (const { name, offset, bytes: size } of arrays) {
    if (offset === null) continue;
    if (offset < end) throw bytes.damaged(`${name} overlaps another array`);
    end = offset + size;
  }
  return arrays;
}
