/** Plain matrix products by what a backend computes with: the peers of its operations. */
import * as tf from "@tensorflow/tfjs-core";
import { Graph } from "../src/engine/backends/native/graph.ts";
import { libraryOf } from "../src/engine/backends/native/native.ts";
import { Runtime } from "../src/engine/backends/native/runtime.ts";
import { threadsOf } from "../src/engine/backends/native/threads.ts";
import { randomValues, settle } from "./measure.ts";

/** A product [m,k] x [k,n]. */
export type MakeProduct = (
  m: number,
  k: number,
  n: number,
) => { run: () => Promise<void>; dispose: () => void };

/** On the backend of tfjs that is set. */
export const productOfTensors: MakeProduct = (m, k, n) => {
  const a = tf.tensor2d(randomValues(m * k, 1), [m, k]);
  const b = tf.tensor2d(randomValues(k * n, 2), [k, n]);
  return {
    run: async () => {
      const c = tf.matMul(a, b);
      await settle(c);
      c.dispose();
    },
    dispose: () => tf.dispose([a, b]),
  };
};

/** On onnxruntime, all cores. */
export function productsOfRuntime(): MakeProduct {
  const runtime = new Runtime(libraryOf({}), threadsOf({}));
  const product = () => {
    const graph = new Graph();
    graph.output(
      "c",
      graph.node("MatMul", [graph.input("a", "float32", 2), graph.input("b", "float32", 2)]),
      "float32",
      2,
    );
    return graph;
  };
  return (m, k, n) => {
    const feeds = {
      a: runtime.floats(randomValues(m * k, 1), [m, k]),
      b: runtime.floats(randomValues(k * n, 2), [k, n]),
    };
    const c = runtime.floats(new Float32Array(m * n), [m, n]);
    return { run: () => runtime.run("product", product, feeds, { c }), dispose: () => undefined };
  };
}
