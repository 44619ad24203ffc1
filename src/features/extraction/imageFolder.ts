/** A folder with a folder of images for each class, as torchvision's ImageFolder and Keras read it. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { readSmall, sizeLimits } from "../../files/regular.ts";
import { FeatureTableError } from "../table.ts";
import type { Samples, SamplesOptions } from "./samples.ts";

const endings = new Set([".png", ".jpg", ".jpeg"]);
const maxMegapixels = 64;

/** Decoded pixels, four bytes each. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Lists the images; each is decoded when it is read and resized to `size`. Folders without images are no classes. */
export async function openImageFolder(folder: string, { size, classes }: SamplesOptions): Promise<Samples> {
  if (!size) {
    throw new FeatureTableError(
      `${folder} holds images, and the network does not say their height and width; set features.network.size.`,
    );
  }
  const found = await listClasses(folder);
  const names = classOrder(folder, [...found.keys()], classes);
  const files: string[] = [];
  const labels: number[] = [];
  for (const [label, name] of names.entries()) {
    for (const file of found.get(name) ?? []) {
      files.push(file);
      labels.push(label);
    }
  }
  if (files.length === 0) {
    throw new FeatureTableError(
      `${folder} has no folders with PNG or JPEG images; put each class into a folder of its own.`,
    );
  }
  const [height, width] = size;
  const values = height * width * 3;
  return {
    path: folder,
    count: files.length,
    shape: [height, width, 3],
    labels: Int32Array.from(labels),
    groups: null,
    scale: 1 / 255,
    async read(start, count) {
      const batch = new Float32Array(count * values);
      for (const [i, file] of files.slice(start, start + count).entries()) {
        resize(await decode(file), height, width, batch.subarray(i * values, (i + 1) * values));
      }
      return batch;
    },
    close: async () => undefined,
  };
}

async function listClasses(folder: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const folders = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  for (const { name } of folders.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const files = (await readdir(path.join(folder, name))).filter((file) =>
      endings.has(path.extname(file).toLowerCase()),
    );
    if (files.length > 0)
      found.set(
        name,
        files.sort().map((file) => path.join(folder, name, file)),
      );
  }
  return found;
}

/** Folders in the order of labels: by class name where all are class names, else alphabetical. */
function classOrder(
  folder: string,
  names: readonly string[],
  classes: readonly string[] | null,
): readonly string[] {
  if (!classes) return names;
  const unknown = names.find((name) => !classes.includes(name));
  if (unknown === undefined) return classes;
  if (names.length === classes.length && names.every((name) => !classes.includes(name))) return names;
  throw new FeatureTableError(
    `${folder} has a folder ${unknown}, which is none of the classes in selmix.json; rename one of them.`,
  );
}

async function decode(file: string): Promise<Pixels> {
  const bytes = readSmall(file, sizeLimits.image);
  try {
    if (bytes.length > 24 && bytes.readUInt32BE(0) === 0x89504e47) {
      const pixels = bytes.readUInt32BE(16) * bytes.readUInt32BE(20);
      if (pixels > maxMegapixels * 1e6) throw new Error("it has too many pixels");
      return PNG.sync.read(bytes);
    }
    return jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: true,
      maxResolutionInMP: maxMegapixels,
      maxMemoryUsageInMB: 1024,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FeatureTableError(`${file} cannot be decoded as PNG or JPEG (${why}); replace or remove it.`);
  }
}

/** Bilinear with pixel centres, averaging over whole source pixels when it shrinks: first along rows, then along columns. */
function resize(from: Pixels, height: number, width: number, target: Float32Array): void {
  const columns = spread(from.width, width);
  const rows = spread(from.height, height);
  const narrow = new Float32Array(from.height * width * 3);
  for (let y = 0; y < from.height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const { first, weights } = columns[x] ?? nothing;
      const to = (y * width + x) * 3;
      for (let i = 0; i < weights.length; i += 1) {
        const at = (y * from.width + first + i) * 4;
        const weight = weights[i] ?? 0;
        for (let c = 0; c < 3; c += 1)
          narrow[to + c] = (narrow[to + c] ?? 0) + weight * (from.data[at + c] ?? 0);
      }
    }
  }
  const row = width * 3;
  target.fill(0);
  for (let y = 0; y < height; y += 1) {
    const { first, weights } = rows[y] ?? nothing;
    for (let i = 0; i < weights.length; i += 1) {
      const weight = weights[i] ?? 0;
      const at = (first + i) * row;
      for (let x = 0; x < row; x += 1)
        target[y * row + x] = (target[y * row + x] ?? 0) + weight * (narrow[at + x] ?? 0);
    }
  }
}

/** Source positions from `first` on, with weights that sum to 1. */
interface Window {
  readonly first: number;
  readonly weights: readonly number[];
}

const nothing: Window = { first: 0, weights: [] };

/** For each of `to` positions the source positions under a triangle as wide as the step, at least one pixel. */
function spread(from: number, to: number): Window[] {
  const step = from / to;
  const reach = Math.max(1, step);
  return Array.from({ length: to }, (_, position) => {
    const centre = (position + 0.5) * step - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(from - 1, Math.floor(centre + reach));
    const raw = Array.from({ length: last - first + 1 }, (__, i) =>
      Math.max(0, 1 - Math.abs(first + i - centre) / reach),
    );
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: raw.map((weight) => weight / total) };
  });
}
