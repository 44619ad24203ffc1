/** Writes the fields of protocol buffers (protobuf.dev/programming-guides/encoding). */

/** An unsigned integer, seven bits a byte. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

/** A length-delimited field: bytes, a text, or the fields of a message. */
export function field(number: number, content: Uint8Array | string | readonly Uint8Array[]): Uint8Array {
  const bytes = content instanceof Uint8Array ? content : joined(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A field that holds an unsigned integer. */
export function integerField(number: number, value: number): Uint8Array {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

/** A field that holds a float32. */
export function floatField(number: number, value: number): Uint8Array {
  return Buffer.concat([varint(number * 8 + 5), new Uint8Array(Float32Array.of(value).buffer)]);
}

function joined(content: string | readonly Uint8Array[]): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : Buffer.concat(content);
}
