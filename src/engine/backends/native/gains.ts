/** Gains by onnxruntime: whole from one graph, or block by block. */
import type { Tensor } from "onnxruntime-node";
import type { Matrix } from "../../../selmix/confusion/matrix.ts";
import { type Head, rowsInMemory } from "../../../selmix/problem.ts";
import type { GainReader } from "../../../selmix/steering/gainBlocks.ts";
import { isSmallGain } from "../../../selmix/tensors/tensors.ts";
import { gainsInArrays } from "../../../selmix/validation/arrays.ts";
import type { Gains } from "../../../selmix/validation/evaluator.ts";
import { gainByBlocks } from "../../../selmix/validation/gainByBlocks.ts";
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

  async blocks(head: Head, derivative: Matrix, reader: GainReader): Promise<void> {
    const { classes, size } = head;
    const set = new NativeSet(this.#runtime, rowsInMemory(this.#values, size));
    const given = { set, prototypes: this.#values, labels: this.#labels };
    await gainByBlocks(given, head, derivative, BLOCK, reader, async (rows, columns) => {
      const [height, width] = [rows.labels.length, columns.logits.length / classes];
      const values = new Float32Array(height * width);
      await this.#runtime.run(
        "gain block",
        gainBlockGraph,
        {
          rowLogits: this.#runtime.floats(rows.logits, [height, classes]),
          rowMoment: this.#runtime.floats(rows.moment, [height, classes]),
          labels: this.#runtime.integers(rows.labels, [height]),
          columnLogits: this.#runtime.floats(columns.logits, [width, classes]),
          columnMoment: this.#runtime.floats(columns.moment, [width, classes]),
        },
        { gain: this.#runtime.floats(values, [height, width]) },
      );
      return values;
    });
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
