/** The evaluator in plain float64 arrays: for little work quicker than tensors, and far quicker than starting them. */

import { wholeOf } from "../confusion/matrix.ts";
import { MIXING_MEAN } from "../mixing/sampler.ts";
import type { FeatureRows, Head } from "../problem.ts";
import { gainInFloat64, logitsOf, prototypeProducts } from "../steering/gainInFloat64.ts";
import { type Rivals, rivalsIn } from "../steering/rivals.ts";
import type { Evaluator, FeatureSet, Gains } from "./evaluator.ts";
import { winnersIn } from "./winners.ts";

/** Sets that it has made are found again by their rows. */
export function evaluatorInArrays(): Evaluator {
  const sets = new Map<FeatureRows, FeatureSet>();
  return {
    features(rows) {
      const set = sets.get(rows) ?? new ArraySet(rows);
      sets.set(rows, set);
      return set;
    },
    gains: gainsInArrays,
  };
}

export function gainsInArrays(prototypes: Float32Array, labels: Int32Array, like: Head): Gains {
  const products = prototypeProducts({ prototypes, size: like.size, bias: like.bias });
  const of = async (head: Head, derivative: ArrayLike<number>) =>
    Float32Array.from(gainInFloat64({ prototypes, labels, ...head }, products, derivative, MIXING_MEAN));
  return {
    of,
    async blocks(head, derivative, reader) {
      const { length: buckets } = labels;
      const whole = await of(head, wholeOf(derivative));
      const { rows, columns } = reader.choose(whole.filter((_, at) => at % (buckets + 1) === 0));
      for (const row of rows) {
        const values = Float32Array.from(columns, (column) => whole[row * buckets + column]);
        reader.take({ values, rows: Int32Array.of(row), columns });
      }
    },
    dispose: () => undefined,
  };
}

class ArraySet implements FeatureSet {
  readonly rows: FeatureRows;
  /** Logits [N,K] of the last head, which is often tried again. */
  #last: { readonly head: Head; readonly logits: Float64Array } | null = null;

  constructor(rows: FeatureRows) {
    this.rows = rows;
  }

  async predict(heads: readonly Head[]): Promise<Int32Array[]> {
    return heads.map((head) => winnersIn(this.#logits(head), head.classes));
  }

  async logits(head: Head, use: (logits: ArrayLike<number>, start: number) => void): Promise<void> {
    use(this.#logits(head), 0);
  }

  async rivals(head: Head, labels: Int32Array, use: (rivals: Rivals, start: number) => void): Promise<void> {
    use(rivalsIn(this.#logits(head), labels, 0, head.classes), 0);
  }

  /** Whoever else has the set goes on with it. */
  dispose(): void {}

  #logits(head: Head): Float64Array {
    if (this.#last?.head !== head) {
      this.#last = { head, logits: logitsOf(allValues(this.rows), head) };
    }
    return this.#last.logits;
  }
}

/** All rows [N,d], without a copy where they lie in memory. */
function allValues(rows: FeatureRows): Float32Array {
  if (rows.values) return rows.values;
  const values = new Float32Array(rows.count * rows.size);
  rows.read(0, rows.count, values, 0);
  return values;
}
