/** Samples one by one, in the form that a network takes: what training draws from. */
import { elementCount } from "../../files/numbers.ts";
import type { SampleRows } from "../../selmix/whole/backbone.ts";
import type { Fit } from "./fit.ts";
import type { Samples } from "./samples.ts";

/** Sets of up to this many bytes in the network's form are kept once read; of larger ones each sample is read when drawn. */
const keptBytes = 256 * 1024 * 1024;

/** The samples of a set. */
export function sampleRows(samples: Samples, { shape, apply }: Fit): SampleRows {
  const size = elementCount(shape);
  const { count } = samples;
  const kept = count * size * 4 <= keptBytes ? new Float32Array(count * size) : null;
  const isKept = new Uint8Array(kept ? count : 0);
  return {
    count,
    shape,
    async read(row, target, at) {
      if (kept && isKept[row] === 1) {
        target.set(kept.subarray(row * size, (row + 1) * size), at);
        return;
      }
      const taken = apply(await samples.read(row, 1), 1);
      target.set(taken, at);
      if (!kept) return;
      kept.set(taken, row * size);
      isKept[row] = 1;
    },
  };
}
