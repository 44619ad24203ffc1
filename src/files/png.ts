/** Cells of a picture as a PNG, without a canvas. */
import { crc32, deflateSync } from "node:zlib";

/** Pixels, 4 bytes each: red, green, blue and alpha, row by row. */
export interface Pixels {
  readonly columns: number;
  readonly rows: number;
  readonly rgba: Uint8Array | Uint8ClampedArray;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, content: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const out = Buffer.alloc(named.length + 8);
  out.writeUInt32BE(content.length, 0);
  named.copy(out, 4);
  out.writeUInt32BE(crc32(named), named.length + 4);
  return out;
}

/** A pixel a cell: 8 bits of red, green, blue and alpha, rows unfiltered. */
export function png({ columns, rows, rgba }: Pixels): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns, 0);
  header.writeUInt32BE(rows, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const width = 4 * columns;
  const lines = Buffer.alloc(rows * (width + 1));
  for (let row = 0; row < rows; row++)
    lines.set(rgba.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  const parts = [chunk("IHDR", header), chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

/** The same as a `data:` address. */
export function pngAddress(pixels: Pixels): string {
  return `data:image/png;base64,${png(pixels).toString("base64")}`;
}
