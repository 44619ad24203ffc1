/** Gains by onnxruntime: whole from one graph, or block by block. */
import type { Tensor } from "onnxruntime-node";
import type { Matrix } from "../../../selmix/confusion/matrix.ts";
import { MIXING_MEAN } from "../../../selmix/mixing/sampler.ts";
import { type Head, rowsInMemory } from "../../../selmix/problem.ts";
import type { GainBlock, RowRange } from "../../../selmix/steering/bestPartners.ts";
import { momentHead } from "../../../selmix/steering/momentHead.ts";
import { ownGains } from "../../../selmix/steering/ownGains.ts";
import { isSmallGain } from "../../../selmix/tensors/tensors.ts";
import { gainsInArrays } from "../../../selmix/validation/arrays.ts";
import { allLogits, type Gains } from "../../../selmix/validation/evaluator.ts";
import { NativeSet } from "./featureSet.ts";
import { gainBlockGraph, gainGraph, productsGraph } from "./gainGraphs.ts";
import { headTensors } from "./headTensors.ts";
import type { Runtime, Tensors } from "./runtime.ts";

/** Gains for prototypes that stay; small ones in arrays. */
export function nativeGains(
  runtime: Runtime,
  prototypes: Float32Array,
  labels: Int32Array,
  head: Head,
): Gains {
  return isSmallGain(labels.length, head)
    ? gainsInArrays(prototypes, labels, head)
    : new NativeGains(runtime, prototypes, labels, head);
}

/** Rows, and columns, of a block: its shares and moments take 4 x BLOCK x K numbers. */
const BLOCK = 1024;

class NativeGains implements Gains {
  readonly #runtime: Runtime;
  readonly #labels: Int32Array;
  readonly #hasBias: boolean;
  /** Z [B,d] */
  readonly #values: Float32Array;
  readonly #prototypes: Tensor;
  /** What the graph is given besides the head and the derivative. */
  #geometry: Promise<Tensors> | null = null;

  constructor(runtime: Runtime, prototypes: Float32Array, labels: Int32Array, head: Head) {
    this.#runtime = runtime;
    this.#labels = labels;
    this.#hasBias = head.bias !== null;
    this.#values = prototypes;
    this.#prototypes = runtime.floats(prototypes, [labels.length, head.size]);
  }

  async of(head: Head, derivative: ArrayLike<number>): Promise<Float32Array> {
    const buckets = this.#labels.length;
    this.#geometry ??= this.#products();
    const geometry = await this.#geometry;
    const result = new Float32Array(buckets * buckets);
    await this.#runtime.run(
      `gain, bias ${this.#hasBias}`,
      () => gainGraph(this.#hasBias),
      {
        ...geometry,
        ...headTensors(this.#runtime, head),
        derivative: this.#runtime.floats(Float32Array.from(derivative), [buckets, head.classes]),
      },
      { gain: this.#runtime.floats(result, [buckets, buckets]) },
    );
    return result;
  }

  async blocks(
    head: Head,
    derivative: Matrix,
    rows: RowRange,
    use: (block: GainBlock) => void,
  ): Promise<Float32Array> {
    const [buckets, classes] = [this.#labels.length, head.classes];
    const set = new NativeSet(this.#runtime, rowsInMemory(this.#values, head.size));
    const logits = await allLogits(set, head);
    const moment = await allLogits(set, momentHead(this.#values, derivative, head, MIXING_MEAN));
    const part = (name: string, from: number, to: number): Tensors => {
      const some = (values: Float32Array) =>
        this.#runtime.floats(values.subarray(from * classes, to * classes), [to - from, classes]);
      return { [`${name}Logits`]: some(logits), [`${name}Moment`]: some(moment) };
    };
    for (let row = rows.from; row < rows.to; row += BLOCK) {
      const end = Math.min(row + BLOCK, rows.to);
      const labels = this.#runtime.integers(this.#labels.subarray(row, end), [end - row]);
      const own = { ...part("row", row, end), labels };
      for (let column = 0; column < buckets; column += BLOCK) {
        const columns = Math.min(BLOCK, buckets - column);
        const values = new Float32Array((end - row) * columns);
        await this.#runtime.run(
          "gain block",
          gainBlockGraph,
          { ...own, ...part("column", column, column + columns) },
          { gain: this.#runtime.floats(values, [end - row, columns]) },
        );
        use({ values, row, column, columns });
      }
    }
    return ownGains(this.#labels, { logits, moment }, classes, MIXING_MEAN);
  }

  dispose(): void {
    this.#geometry = null;
  }

  async #products(): Promise<Tensors> {
    const buckets = this.#labels.length;
    const prototypes = this.#prototypes;
    const products = this.#runtime.floats(new Float32Array(buckets * buckets), [buckets, buckets]);
    await this.#runtime.run(
      `products, bias ${this.#hasBias}`,
      () => productsGraph(this.#hasBias),
      { prototypes },
      { products },
    );
    return { prototypes, products, labels: this.#runtime.integers(this.#labels, [buckets]) };
  }
}
