/** NumPy arrays for tests. */

export interface NpyOptions {
  readonly version?: 1 | 2 | 3;
  readonly fortran?: boolean;
}

/** Writes `data` under a header that says `descr` and `shape`, aligned as NumPy does. */
export function makeNpy(
  descr: string,
  shape: readonly number[],
  data: Uint8Array,
  { version = 1, fortran = false }: NpyOptions = {},
): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const order = fortran ? "True" : "False";
  return npyWithHeader(
    `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${tuple}, }`,
    data,
    version,
  );
}

export function npyWithHeader(header: string, data: Uint8Array, version = 1): Uint8Array {
  const prefix = version === 1 ? 10 : 12;
  const padded = `${header.padEnd(Math.ceil((header.length + prefix + 1) / 64) * 64 - prefix - 1)}\n`;
  const length = Buffer.alloc(4);
  length.writeUInt32LE(padded.length);
  const start = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, "latin1");
  return Buffer.concat([start, length.subarray(0, prefix - 8), Buffer.from(padded, "latin1"), data]);
}
