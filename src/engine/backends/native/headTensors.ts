/** A head as the graphs take it: W [K,d], and b [K] where there is one. */
import type { Head } from "../../../selmix/problem.ts";
import type { Graph, Value } from "./graph.ts";
import type { Runtime, Tensors } from "./runtime.ts";

/** The inputs of a graph for a head. */
export function weightAndBias(graph: Graph, hasBias: boolean): Value[] {
  return [graph.input("weight", "float32", 2), ...(hasBias ? [graph.input("bias", "float32", 1)] : [])];
}

/** What is fed there: the head's own arrays. */
export function headTensors(runtime: Runtime, { weight, bias, classes, size }: Head): Tensors {
  return {
    weight: runtime.floats(weight, [classes, size]),
    ...(bias && { bias: runtime.floats(bias, [classes]) }),
  };
}
