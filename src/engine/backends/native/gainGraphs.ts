/** The gain as graphs (the formula stands in selmix/tensors/gain.ts): whole, or a block of its rows and columns. */
import { MIXING_MEAN } from "../../../selmix/mixing/sampler.ts";
import { Graph, type Value } from "./graph.ts";
import { weightAndBias } from "./headTensors.ts";

const [ownShare, otherShare] = [MIXING_MEAN, 1 - MIXING_MEAN];

/** Z Z' of prototypes Z [B,d], and 1 more for each where the bias is trained. */
export function productsGraph(hasBias: boolean): Graph {
  const graph = new Graph();
  const prototypes = graph.input("prototypes", "float32", 2);
  const one = hasBias ? [graph.constant("float32", [1], [1])] : [];
  const products = graph.node("Gemm", [prototypes, prototypes, ...one], { transB: 1 });
  graph.output("products", products, "float32", 2);
  return graph;
}

/** G [B,B] at once. */
export function gainGraph(hasBias: boolean): Graph {
  const graph = new Graph();
  const prototypes = graph.input("prototypes", "float32", 2);
  const products = graph.input("products", "float32", 2);
  const derivative = graph.input("derivative", "float32", 2);
  const labels = graph.input("labels", "int32", 1);
  const logits = graph.node("Gemm", [prototypes, ...weightAndBias(graph, hasBias)], { transB: 1 });
  // beta M [B,K]
  const moment = graph.node("Gemm", [products, derivative], { alpha: { float: ownShare } });
  const below = belowLargest(graph, logits);
  const own = { moment, share: shareOf(graph, below, ownShare), labels };
  graph.output(
    "gain",
    pairGains(graph, own, { moment, share: shareOf(graph, below, otherShare) }),
    "float32",
    2,
  );
  return graph;
}

/** G of some rows [R] and some columns [C], from their logits and moments beta M. */
export function gainBlockGraph(): Graph {
  const graph = new Graph();
  const side = (name: string, share: number) => {
    const logits = graph.input(`${name}Logits`, "float32", 2);
    const moment = graph.input(`${name}Moment`, "float32", 2);
    return { moment, share: shareOf(graph, belowLargest(graph, logits), share) };
  };
  const own = { ...side("row", ownShare), labels: graph.input("labels", "int32", 1) };
  graph.output("gain", pairGains(graph, own, side("column", otherShare)), "float32", 2);
  return graph;
}

function times(graph: Graph, value: Value, factor: number): Value {
  return graph.node("Mul", [value, graph.constant("float32", [factor], [1])]);
}

function belowLargest(graph: Graph, logits: Value): Value {
  return graph.node("Sub", [logits, graph.node("ReduceMax", [logits], { axes: [1] })]);
}

/** exp(share (S - rowmax)) */
function shareOf(graph: Graph, below: Value, share: number): Value {
  return graph.node("Exp", [times(graph, below, share)]);
}

/** @param first moments, shares E1 and labels of the rows. @param second moments and shares E2 of the columns */
function pairGains(
  graph: Graph,
  first: { moment: Value; share: Value; labels: Value },
  second: { moment: Value; share: Value },
): Value {
  const own = graph.node("Gemm", [graph.node("Mul", [first.moment, first.share]), second.share], {
    transB: 1,
  });
  const others = graph.node("Mul", [second.moment, second.share]);
  const share = otherShare / ownShare;
  const weighted = graph.node("Gemm", [first.share, others, own], { transB: 1, alpha: { float: share } });
  const total = graph.node("Gemm", [first.share, second.share], { transB: 1 });
  // beta M[j,label(i)] at [i,j]
  const ofLabels = graph.node("Gather", [graph.node("Transpose", [second.moment]), first.labels], {
    axis: 0,
  });
  const column = graph.node("Unsqueeze", [first.labels, graph.constant("int64", [1], [1])]);
  const ofOwn = graph.node("GatherElements", [first.moment, column], { axis: 1 });
  const terms = graph.node("Add", [times(graph, ofLabels, share), ofOwn]);
  return graph.node("Sub", [terms, graph.node("Div", [weighted, total])]);
}
