/** HDF5 object headers and their messages, versions 1 and 2. Source: HDF5 File Format Specification, section IV. */
import { addressIn, type Hdf5Bytes, nowhere } from "./hdf5Bytes.ts";

export interface Message {
  readonly type: number;
  /** Whether the message is kept elsewhere, for several objects. */
  readonly shared: boolean;
  readonly body: Buffer;
}

/** Type numbers of the messages that are understood. */
export const messageTypes = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  externalFiles: 0x07,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  continuation: 0x10,
  symbolTable: 0x11,
} as const;

const maxBlocks = 4096;

/** All messages of the object at `address`, those of continuation blocks included. */
export function readMessages(bytes: Hdf5Bytes, address: number): Message[] {
  const start = bytes.at(address, 16);
  const isVersion2 = start.toString("latin1", 0, 4) === "OHDR";
  if (!isVersion2 && start.readUInt8(0) !== 1) throw bytes.damaged("an object has no header");
  const first = isVersion2
    ? blockOf2(bytes, address, start)
    : { at: address + 16, length: start.readUInt32LE(8) };
  const hasOrder = isVersion2 && (start.readUInt8(5) & 4) !== 0;
  const messages: Message[] = [];
  const blocks = [first];
  for (let i = 0; i < blocks.length; i += 1) {
    if (i >= maxBlocks) throw bytes.damaged("an object's header is endless");
    const { at, length } = blocks[i] ?? first;
    const block = bytes.at(at, length);
    const found = isVersion2 ? messagesOf2(block, hasOrder) : messagesOf1(block);
    for (const message of found) {
      if (message.type !== messageTypes.continuation) {
        messages.push(message);
        continue;
      }
      const next = { at: addressIn(message.body, 0), length: addressIn(message.body, 8) };
      // A continuation of version 2 has a signature before its messages and a checksum after them.
      blocks.push(isVersion2 ? { at: next.at + 4, length: next.length - 8 } : next);
    }
  }
  return messages;
}

function blockOf2(bytes: Hdf5Bytes, address: number, start: Buffer) {
  const flags = start.readUInt8(5);
  const sizeAt = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const width = 1 << (flags & 3);
  const size = bytes.at(address + sizeAt, 8).subarray(0, width);
  const length = width === 8 ? addressIn(size, 0) : size.readUIntLE(0, width);
  return { at: address + sizeAt + width, length };
}

function messagesOf1(block: Buffer): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at + 8 <= block.length; ) {
    const end = at + 8 + block.readUInt16LE(at + 2);
    if (end > block.length) break;
    const shared = (block.readUInt8(at + 4) & 2) !== 0;
    messages.push({ type: block.readUInt16LE(at), shared, body: block.subarray(at + 8, end) });
    at = end;
  }
  return messages;
}

function messagesOf2(block: Buffer, hasOrder: boolean): Message[] {
  const prefix = hasOrder ? 6 : 4;
  const messages: Message[] = [];
  for (let at = 0; at + prefix <= block.length; ) {
    const end = at + prefix + block.readUInt16LE(at + 1);
    if (end > block.length) break;
    const shared = (block.readUInt8(at + 3) & 2) !== 0;
    messages.push({ type: block.readUInt8(at), shared, body: block.subarray(at + prefix, end) });
    at = end;
  }
  return messages;
}

/** Sizes of a dataspace message; an empty list for a scalar. */
export function shapeOf(bytes: Hdf5Bytes, body: Buffer): number[] {
  const version = body.readUInt8(0);
  if (version !== 1 && version !== 2) throw bytes.damaged("an array has a shape of an unknown kind");
  const start = version === 1 ? 8 : 4;
  return Array.from({ length: body.readUInt8(1) }, (_, axis) => addressIn(body, start + axis * 8));
}

export interface Element {
  /** "F32", "I64" and so on, or "OTHER". */
  readonly type: string;
  readonly bytes: number;
  readonly littleEndian: boolean;
}

/** The element type of a datatype message. */
export function elementOf(body: Buffer): Element {
  const kind = body.readUInt8(0) & 15;
  const flags = body.readUInt8(1);
  const bytes = body.readUInt32LE(4);
  const littleEndian = (flags & 1) === 0;
  const other = { type: "OTHER", bytes, littleEndian };
  if (kind === 0 && [1, 2, 4, 8].includes(bytes)) {
    return { ...other, type: `${flags & 8 ? "I" : "U"}${bytes * 8}` };
  }
  // Keras keeps bfloat16 as two opaque bytes.
  if (kind === 5 && bytes === 2) return { ...other, type: "BF16", littleEndian: true };
  if (kind !== 1 || (flags & 0x40) !== 0) return other;
  const known = new Map([
    ["2,5,10", "F16"],
    ["2,8,7", "BF16"],
    ["4,8,23", "F32"],
    ["8,11,52", "F64"],
  ]);
  const type = known.get([bytes, body.readUInt8(13), body.readUInt8(15)].join());
  return type ? { ...other, type } : other;
}

/** Where an array's bytes lie: a place when they lie in one piece, else a word for how they are kept. */
export function placeOf(
  messages: readonly Message[],
): { readonly offset: number; readonly bytes: number } | string {
  const layout = messages.find((message) => message.type === messageTypes.layout)?.body;
  if (!layout) return "without any data";
  if (messages.some((message) => message.type === messageTypes.filters)) return "compressed";
  if (messages.some((message) => message.type === messageTypes.externalFiles)) return "in another file";
  const version = layout.readUInt8(0);
  if (version !== 3 && version !== 4) return "in a form of old";
  const kind = layout.readUInt8(1);
  if (kind !== 1) return ["within its header", "", "in chunks", "virtually"][kind] ?? "in an unknown form";
  const offset = addressIn(layout, 2);
  return offset === nowhere ? "without any data" : { offset, bytes: addressIn(layout, 10) };
}

/** Name and target of a link message; null for links that lead elsewhere than to an object of this file. */
export function linkOf(body: Buffer): { readonly name: string; readonly address: number } | null {
  const flags = body.readUInt8(1);
  let at = 2;
  const kind = flags & 8 ? body.readUInt8(at++) : 0;
  at += (flags & 4 ? 8 : 0) + (flags & 0x10 ? 1 : 0);
  const width = 1 << (flags & 3);
  if (kind !== 0 || width === 8) return null;
  const length = body.readUIntLE(at, width);
  const end = at + width + length;
  return { name: body.toString("utf8", at + width, end), address: addressIn(body, end) };
}
