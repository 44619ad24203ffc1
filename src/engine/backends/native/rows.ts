/** How rows of features enter a graph: as floats, or as the float16 numbers of a file, decoded and conditioned in the graph. */
import { elementTypes } from "../../../checkpoints/onnx/writing.ts";
import type { FeatureRows } from "../../../selmix/problem.ts";
import type { Graph, Value } from "./graph.ts";
import type { Runtime, Tensors } from "./runtime.ts";

/** What the numbers are: the features, the same in float16, or what the features are made of, in float16. */
export type Form = "floats" | "halves" | "linear halves";

export function formOf({ values, halves }: FeatureRows): Form {
  if (values !== undefined || halves === undefined) return "floats";
  return halves.linear === null ? "halves" : "linear halves";
}

/** Rows [n,d] as numbers in float32, under a name in the feeds. */
export function rowsInput(graph: Graph, name: string, form: Form): Value {
  if (form === "floats") return graph.input(name, "float32", 2);
  return graph.node("Cast", [graph.input(name, "float16", 2)], { to: elementTypes.float32 });
}

/** The features [n,d] of such rows, or of mixtures of them whose shares add up to 1. */
export function featuresOf(graph: Graph, rows: Value, form: Form): Value {
  if (form !== "linear halves") return rows;
  const centred = graph.node("Sub", [rows, graph.input("middle", "float32", 1)]);
  return graph.node("Mul", [centred, graph.input("factor", "float32", 1)]);
}

/** What `featuresOf` is fed. */
export function linearTensors(runtime: Runtime, { halves, size }: FeatureRows, form: Form): Tensors {
  if (form !== "linear halves" || !halves?.linear) return {};
  const { middle, factor } = halves.linear;
  return { middle: runtime.floats(middle, [size]), factor: runtime.floats(factor, [size]) };
}
