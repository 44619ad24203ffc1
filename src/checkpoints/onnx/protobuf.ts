/** Walks protocol buffers in a file field by field, without loading them (protobuf.dev/programming-guides/encoding). */
import { type ByteSource, FileError } from "../../files/ranges.ts";

/** A field: where its bytes lie, or its value when it is a varint. */
export interface Field {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wire: 0 | 1 | 2 | 5;
  readonly start: number;
  readonly length: number;
  /** The value of a varint, as the signed 64-bit integer it is. */
  readonly value: number;
  /** Where the length of a length-delimited field stands, just before its bytes. */
  readonly lengthAt: number;
}

const windowBytes = 64 * 1024;
const mostFields = 4_000_000;
const longestText = 64 * 1024;
const longestVarint = 10;

export class ProtoReader {
  readonly source: ByteSource;
  #window: Uint8Array = new Uint8Array(0);
  #windowAt = 0;
  #count = 0;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** The fields of a message that takes the bytes [start, end). Throws `FileError` when they are not whole fields. */
  async *fields(start: number, end: number): AsyncGenerator<Field> {
    let at = start;
    while (at < end) {
      this.#count += 1;
      if (this.#count > mostFields) throw this.#damaged(`it has more than ${mostFields} fields`);
      const field = await this.#field(at, end);
      at = field.start + field.length;
      if (at > end) throw this.#damaged("a field runs over the end of its message");
      yield field;
    }
  }

  /** Text of a length-delimited field. */
  async text(field: Field): Promise<string> {
    if (field.wire !== 2 || field.length > longestText)
      throw this.#damaged("a name is no text, or far too long");
    return new TextDecoder().decode(await this.#bytes(field.start, field.length));
  }

  /** Integers of a repeated field, packed or one by one. */
  async integers(field: Field): Promise<number[]> {
    if (field.length > longestText) throw this.#damaged("a list of integers is far too long");
    const values: number[] = [];
    for await (const value of this.varints(field)) values.push(Number(BigInt.asIntN(64, value)));
    return values;
  }

  /** The same, of any length, as they are written: 64 bits without a sign. */
  async *varints(field: Field): AsyncGenerator<bigint> {
    if (field.wire !== 0 && field.wire !== 2) throw this.#damaged("a list of integers has another type");
    const end = field.start + field.length;
    for (let at = field.start; at < end; ) {
      const { value, next } = await this.#varint(at, end);
      yield value;
      at = next;
    }
  }

  /** The number in a four-byte field. */
  async float(field: Field): Promise<number> {
    if (field.wire !== 5) throw this.#damaged("a number has another type than it should");
    const bytes = await this.#bytes(field.start, 4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  }

  async #field(at: number, end: number): Promise<Field> {
    const key = await this.#varint(at, end);
    const number = Number(key.value >> 3n);
    const wire = Number(key.value & 7n);
    const plain = { number, start: key.next, value: 0, lengthAt: key.next };
    if (number === 0) throw this.#damaged("a field has the number 0");
    switch (wire) {
      case 0: {
        const { value, next } = await this.#varint(key.next, end);
        return { ...plain, wire, length: next - key.next, value: Number(BigInt.asIntN(64, value)) };
      }
      case 1:
        return { ...plain, wire, length: 8 };
      case 2: {
        const { value, next } = await this.#varint(key.next, end);
        return { ...plain, wire, start: next, length: Number(value) };
      }
      case 5:
        return { ...plain, wire, length: 4 };
      default:
        throw this.#damaged(`a field has the unknown wire type ${wire}`);
    }
  }

  async #varint(at: number, end: number): Promise<{ value: bigint; next: number }> {
    let value = 0;
    let wide = 0n;
    for (let i = 0; i < longestVarint && at + i < end; i++) {
      const byte = await this.#byte(at + i);
      if (i < 4) value += (byte & 0x7f) * 2 ** (7 * i);
      else wide |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return { value: wide | BigInt(value), next: at + i + 1 };
    }
    throw this.#damaged("a number does not end");
  }

  #byte(at: number): number | Promise<number> {
    return this.#window[at - this.#windowAt] ?? this.#load(at);
  }

  async #load(at: number): Promise<number> {
    const window = await this.source.read(at, Math.min(windowBytes, this.source.size - at));
    this.#window = window;
    this.#windowAt = at;
    return window[0] ?? 0;
  }

  /** A few bytes, from the window where it has them: a large model has as many names as it has nodes. */
  async #bytes(start: number, length: number): Promise<Uint8Array> {
    const from = start - this.#windowAt;
    if (from < 0 || from + length > this.#window.length) return this.source.read(start, length);
    return this.#window.subarray(from, from + length);
  }

  #damaged(what: string): FileError {
    return new FileError(`${this.source.name} is not a whole ONNX model: ${what}; save or copy it again.`);
  }
}
