import { expect, test } from "vitest";
import { Random } from "../../../src/selmix/random.ts";
import { augment } from "../../../src/selmix/whole/augment.ts";

const [side, channels] = [14, 2];
const shape = [side, side, channels];
/** Each pixel says where it stands: its row in one channel, its column in the other. */
const image = Float32Array.from({ length: side * side * channels }, (_unused, at) =>
  at % channels === 0 ? Math.floor(at / (side * channels)) : Math.floor(at / channels) % side,
);
const count = 40;
const batch = () =>
  Float32Array.from({ length: count * image.length }, (_unused, at) => image[at % image.length]);

function changed(wanted: readonly ("flip" | "crop")[]): { rows: number[]; columns: number[] }[] {
  const values = batch();
  augment(values, shape, wanted, new Random(4));
  return Array.from({ length: count }, (_unused, n) => {
    const own = values.subarray(n * image.length, (n + 1) * image.length);
    const rows = Array.from({ length: side }, (_row, y) => own[y * side * channels]);
    const columns = Array.from({ length: side }, (_column, x) => own[x * channels + 1]);
    return { rows, columns };
  });
}

const ordered = Array.from({ length: side }, (_unused, at) => at);

test("flip mirrors about half of the images, and changes nothing else", () => {
  const images = changed(["flip"]);
  const mirrored = images.filter(({ columns }) => columns[0] === side - 1);
  expect(images.every(({ rows }) => `${rows}` === `${ordered}`)).toBe(true);
  expect(mirrored.every(({ columns }) => `${columns}` === `${[...ordered].reverse()}`)).toBe(true);
  expect(mirrored.length).toBeGreaterThan(count / 4);
  expect(mirrored.length).toBeLessThan((3 * count) / 4);
});

test("crop moves by at most a fourteenth, repeating the border", () => {
  const images = changed(["crop"]);
  const clamp = (at: number) => Math.min(Math.max(at, 0), side - 1);
  const moves = [-1, 0, 1].map((by) => `${ordered.map((at) => clamp(at + by))}`);
  expect(new Set(images.flatMap(({ rows, columns }) => [`${rows}`, `${columns}`]))).toEqual(new Set(moves));
});
