/** Small changes of images that leave their class as it is. */
import type { Random } from "../random.ts";

export const augmentations = ["flip", "crop"] as const;
export type Augmentation = (typeof augmentations)[number];

/** Images are moved by up to this share of their height and width. */
const SHIFT = 1 / 14;

/**
 * Changes the images [n, height, width, channels] of a batch in place, each by chance of its own: `flip` mirrors left and
 * right, `crop` moves by a few pixels, repeating those at the border.
 */
export function augment(
  batch: Float32Array,
  shape: readonly number[],
  wanted: readonly Augmentation[],
  random: Random,
): void {
  const [height = 1, width = 1, channels = 1] = shape;
  const size = height * width * channels;
  const moved = new Float32Array(size);
  const reach = (length: number) => (wanted.includes("crop") ? Math.round(length * SHIFT) : 0);
  const [down, across] = [reach(height), reach(width)];
  for (let from = 0; from < batch.length; from += size) {
    const mirrored = wanted.includes("flip") && random.uniform() < 0.5;
    const dy = random.integer(2 * down + 1) - down;
    const dx = random.integer(2 * across + 1) - across;
    for (let y = 0; y < height; y++) {
      const row = clamp(y + dy, height) * width;
      for (let x = 0; x < width; x++) {
        const column = clamp(x + dx, width);
        const source = from + (row + (mirrored ? width - 1 - column : column)) * channels;
        const target = (y * width + x) * channels;
        for (let c = 0; c < channels; c++) moved[target + c] = batch[source + c];
      }
    }
    batch.set(moved, from);
  }
}

function clamp(at: number, length: number): number {
  return Math.min(Math.max(at, 0), length - 1);
}
