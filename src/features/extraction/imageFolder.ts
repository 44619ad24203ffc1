/** A folder with a folder of images for each class, as torchvision's ImageFolder and Keras read it. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { FeatureTableError } from "../table.ts";
import type { Samples, SamplesOptions } from "./samples.ts";

const endings = new Set([".png", ".jpg", ".jpeg"]);
const maxImageBytes = 64 * 1024 * 1024;
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
  const { size } = await stat(file);
  if (size > maxImageBytes)
    throw new FeatureTableError(`${file} is over the limit of 64 MB for an image; make it smaller.`);
  const bytes = await readFile(file);
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

/** Bilinear with pixel centres, averaging over whole source pixels when it shrinks, so that nothing is skipped. */
function resize(from: Pixels, height: number, width: number, target: Float32Array): void {
  const [stepY, stepX] = [from.height / height, from.width / width];
  const allColumns = Array.from({ length: width }, (_, x) => weightsAt(x, stepX, from.width));
  for (let y = 0; y < height; y += 1) {
    const rows = weightsAt(y, stepY, from.height);
    for (const [x, columns] of allColumns.entries()) {
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 0;
        for (const [row, rowWeight] of rows) {
          for (const [column, weight] of columns) {
            sum += rowWeight * weight * (from.data[(row * from.width + column) * 4 + channel] ?? 0);
          }
        }
        target[(y * width + x) * 3 + channel] = sum;
      }
    }
  }
}

/** Source positions of a target position with weights that sum to 1: a triangle as wide as the step, at least one pixel. */
function weightsAt(position: number, step: number, length: number): [number, number][] {
  const centre = (position + 0.5) * step - 0.5;
  const reach = Math.max(1, step);
  const weights: [number, number][] = [];
  let total = 0;
  for (let at = Math.ceil(centre - reach); at <= Math.floor(centre + reach); at += 1) {
    const weight = Math.max(0, 1 - Math.abs(at - centre) / reach);
    if (weight === 0) continue;
    weights.push([Math.min(length - 1, Math.max(0, at)), weight]);
    total += weight;
  }
  return weights.map(([at, weight]) => [at, weight / total]);
}
