/** Whether a head applied to features gives what the network itself gives, and if not, what was likely wrong. */
import type { Head } from "../../selmix/problem.ts";

/** Numbers that went through other kernels agree to about this share of the largest. */
const tolerance = 2e-3;

/** Why a head and a network's outputs do not go together: other shapes, a ReLU between, a bias too many, or something else. */
export type Disagreement = "shape" | "relu" | "bias" | "other";

/**
 * Compares the head's logits of features [count, size] with the network's own outputs [count, classes], which may be logits,
 * probabilities or their logarithms, or [count] where one output stands for two classes. Returns null when they agree.
 */
export function disagreementOf(
  head: Head,
  features: Float32Array,
  outputs: Float32Array,
): Disagreement | null {
  const count = features.length / head.size;
  if (head.classes === 2 && outputs.length === count)
    return disagreementOf(oneOutput(head), features, outputs);
  if (!Number.isInteger(count) || outputs.length !== count * head.classes) return "shape";
  if (agree(logits(head, features), outputs, head.classes)) return null;
  const rectified = features.map((value) => Math.max(0, value));
  if (agree(logits(head, rectified), outputs, head.classes)) return "relu";
  return agree(logits({ ...head, bias: null }, features), outputs, head.classes) ? "bias" : "other";
}

/** The same in a sentence that says what was likely wrong with a network that was run. */
export function compareLogits(head: Head, features: Float32Array, outputs: Float32Array): string | null {
  switch (disagreementOf(head, features, outputs)) {
    case null:
      return null;
    case "shape":
      return (
        `the features are not those that enter the head: it takes ${head.size} numbers of a sample and gives ` +
        `${head.classes}, and the network has others; name the layer before the head under features.network.layer`
      );
    case "relu":
      return "the head sees these features after a ReLU; name the layer behind it under features.network.layer";
    case "bias":
      return "the network does not add the bias that was found; set head.bias to null, or name the right one";
    case "other":
      return (
        "the head gives other logits for these features than the network gives itself, so they come from another layer or " +
        "another checkpoint; name the layer before the head under features.network.layer"
      );
  }
}

/** The difference of two classes, which is the logit of the second. */
function oneOutput({ size, weight, bias }: Head): Head {
  return {
    classes: 1,
    size,
    weight: Float32Array.from({ length: size }, (_, i) => (weight[size + i] ?? 0) - (weight[i] ?? 0)),
    bias: bias && Float32Array.of((bias[1] ?? 0) - (bias[0] ?? 0)),
  };
}

function logits({ classes, size, weight, bias }: Head, features: Float32Array): Float32Array {
  const count = features.length / size;
  const result = new Float32Array(count * classes);
  for (let row = 0; row < count; row += 1) {
    for (let k = 0; k < classes; k += 1) {
      let sum = bias?.[k] ?? 0;
      for (let i = 0; i < size; i += 1) sum += (features[row * size + i] ?? 0) * (weight[k * size + i] ?? 0);
      result[row * classes + k] = sum;
    }
  }
  return result;
}

function agree(own: Float32Array, outputs: Float32Array, classes: number): boolean {
  const softmax = perRow(own, classes, (row) => {
    const largest = Math.max(...row);
    const powers = row.map((value) => Math.exp(value - largest));
    const sum = powers.reduce((all, value) => all + value, 0);
    return powers.map((value) => value / sum);
  });
  const sigmoid = own.map((value) => 1 / (1 + Math.exp(-value)));
  const forms = classes === 1 ? [own, sigmoid] : [own, softmax, softmax.map(Math.log), sigmoid];
  return forms.some((form) => isClose(form, outputs));
}

function perRow(values: Float32Array, size: number, change: (row: number[]) => number[]): Float32Array {
  const result = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += size)
    result.set(change([...values.subarray(at, at + size)]), at);
  return result;
}

function isClose(a: Float32Array, b: Float32Array): boolean {
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.every((value, i) => Math.abs(value - (b[i] ?? 0)) <= tolerance * largest + 1e-6);
}
