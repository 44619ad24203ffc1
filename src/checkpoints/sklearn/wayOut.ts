/** Estimators in files that cannot be patched: the one line that saves their last layer so that it can be. */
import { CheckpointError } from "../checkpoint.ts";
import { quotable } from "../commandLine.ts";

/** What to do instead, ready to be typed. */
export function wayOut(file: string): string {
  const name = quotable(file);
  const stem = name.replace(/\.\w+$/, "");
  const load = /\.skops$/.test(name)
    ? `from skops.io import load; m = load("${name}", trusted=None)`
    : `import joblib; m = joblib.load("${name}")`;
  return `save its last layer by itself: python -c 'import numpy as np; ${load}; np.savez("${stem}.npz", coef_=m.coef_, intercept_=m.intercept_)'`;
}

const compressions: readonly (readonly [name: string, start: readonly number[]])[] = [
  ["zlib", [0x78]],
  ["gzip", [0x1f, 0x8b]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["lzma", [0x5d, 0x00, 0x00]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
  ["joblib before 0.10", [0x5a, 0x46]],
];

/** Throws `CheckpointError` for a file that by its first bytes is no plain pickle. */
export function refuseUnsuited(file: string, first: Uint8Array): void {
  const starts = (start: readonly number[]) => start.every((byte, i) => first[i] === byte);
  const packed = compressions.find(([, start]) => starts(start));
  if (packed) {
    throw new CheckpointError(
      `${file} is compressed (${packed[0]}), and is not written that way; ${wayOut(file)}.`,
    );
  }
  if (starts([0x50, 0x4b, 0x03, 0x04])) {
    throw new CheckpointError(
      `${file} is a zip archive as torch.save writes it; give it a name that ends in .pt.`,
    );
  }
  if (first[0] !== 0x80)
    throw new CheckpointError(`${file} is no pickle of protocol 2 or later; ${wayOut(file)}.`);
}
