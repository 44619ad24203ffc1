/** Bytes of a pickle, read forward; every length is checked against what is there before it is used. */

/** A pickle that breaks the rules or a limit. `truncated` when more bytes might have helped. */
export class PickleError extends Error {
  override name = "PickleError";
  readonly truncated: boolean;
  constructor(message: string, truncated = false) {
    super(message);
    this.truncated = truncated;
  }
}

const longestInteger = 256;
const longestGlobal = 4096;
const utf8 = new TextDecoder("utf-8");
const latin1 = new TextDecoder("latin1");

export class PickleInput {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  /** Moves past `length` bytes and returns where they start. */
  skip(length: number): number {
    const start = this.at;
    if (length > this.#bytes.length - start) throw new PickleError("ends in the middle of a value", true);
    this.at = start + length;
    return start;
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1));
  }
  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }
  i32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }
  f64BigEndian(): number {
    return this.#view.getFloat64(this.skip(8), false);
  }
  /** An eight-byte length; one that no file could have is an error. */
  u64(): number {
    const length = Number(this.#view.getBigUint64(this.skip(8), true));
    if (!Number.isSafeInteger(length)) throw new PickleError("gives an impossible length");
    return length;
  }

  bytes(length: number): Uint8Array {
    const start = this.skip(length);
    return this.#bytes.subarray(start, start + length);
  }
  utf8(length: number): string {
    return utf8.decode(this.bytes(length));
  }
  latin1(length: number): string {
    return latin1.decode(this.bytes(length));
  }

  /** A little-endian two's complement integer; a number where that is exact, else a bigint. */
  integer(length: number): number | bigint {
    if (length > longestInteger) throw new PickleError(`has an integer of ${length} bytes`);
    const bytes = this.bytes(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    const signed = BigInt.asIntN(length * 8, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  /** Text up to a line feed, which is consumed. */
  line(): string {
    const window = this.#bytes.subarray(this.at, this.at + longestGlobal);
    const length = window.indexOf(10);
    if (length < 0) throw new PickleError("has a name without an end", window.length < longestGlobal);
    const text = this.utf8(length);
    this.at += 1;
    return text;
  }
}
