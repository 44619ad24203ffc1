/** Samples that a network is run on: arrays of a file, or images in a folder for each class. */
import { stat } from "node:fs/promises";
import {
  bytesPerElement,
  decodeFloats,
  decodeIntegers,
  elementCount,
  isFloatType,
  isIntegerType,
} from "../../files/numbers.ts";
import { reason } from "../../files/ranges.ts";
import { openArrays, type StoredArray } from "../arrays.ts";
import { readIndices } from "../arrayTable.ts";
import { FeatureTableError } from "../table.ts";
import { openImageFolder } from "./imageFolder.ts";
import type { Samples, SamplesOptions } from "./samples.ts";

const maxBatchBytes = 1024 * 1024 * 1024;

/** Opens samples by what lies there. Throws `FeatureTableError` or `FileError` in one sentence. */
export async function openSamples(place: string, options: SamplesOptions): Promise<Samples> {
  const info = await stat(place).catch((error: unknown) => {
    throw new FeatureTableError(`${place} cannot be opened: ${reason(error)}; check features.network.data.`);
  });
  return info.isDirectory() ? openImageFolder(place, options) : openSampleFile(place);
}

async function openSampleFile(file: string): Promise<Samples> {
  const arrays = await openArrays(file);
  try {
    const images = await arrays.find("images");
    if (!images) {
      throw new FeatureTableError(
        `${file} has no array called images; it has ${arrays.names.slice(0, 8).join(", ") || "none"}: rename the array.`,
      );
    }
    const [count = 0, ...shape] = images.shape;
    const values = elementCount(shape);
    if (count === 0 || values === 0 || shape.length === 0 || images.fortran) {
      throw new FeatureTableError(
        `${file} has images of shape [${images.shape.join(", ")}]${images.fortran ? " in Fortran order" : ""}; ` +
          "save one sample after the other, [N, ...].",
      );
    }
    const labels = await readIndices(arrays, "labels", count);
    const groups = await readIndices(arrays, "groups", count);
    const decode = decoderOf(file, images);
    const bytesEach = values * (bytesPerElement(images.type) ?? 0);
    const source = await images.open();
    return {
      path: file,
      count,
      shape,
      labels,
      groups,
      scale: images.type === "U8" ? 1 / 255 : 1,
      async read(start, wanted) {
        if (wanted * values * 4 > maxBatchBytes) {
          throw new FeatureTableError(
            `${file} has samples too large for a batch of ${wanted}; lower features.network.batchSize.`,
          );
        }
        const bytes = new Uint8Array(wanted * bytesEach);
        source.readSync(start * bytesEach, bytes);
        return decode(bytes, wanted * values);
      },
      close: () => arrays.close(),
    };
  } catch (error) {
    await arrays.close();
    throw error;
  }
}

function decoderOf(file: string, { type, littleEndian }: StoredArray) {
  if (isFloatType(type)) {
    return (bytes: Uint8Array, count: number) => {
      const target = new Float32Array(count);
      decodeFloats(type, bytes, count, target, 0, littleEndian);
      return target;
    };
  }
  if (type === "U8") return (bytes: Uint8Array) => Float32Array.from(bytes);
  if (isIntegerType(type)) {
    return (bytes: Uint8Array, count: number) =>
      Float32Array.from(decodeIntegers(type, bytes, count, littleEndian));
  }
  throw new FeatureTableError(`${file} has images of type ${type}; save them as bytes or floats.`);
}
