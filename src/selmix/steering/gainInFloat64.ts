/**
 * The same gain in plain float64 arrays: exact to rounding, and faster than a tensor backend for small problems, where a
 * dozen kernel launches cost more than the arithmetic. See gain.ts for the formula.
 */

export interface GainInputs {
  /** Z [B,d], mean validation feature per bucket. */
  readonly prototypes: Float64Array | Float32Array;
  /** W [K,d] and b [K]; a null bias is not trained. */
  readonly weight: Float64Array | Float32Array;
  readonly bias: Float64Array | Float32Array | null;
  /** Class of each bucket, [B]. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  readonly size: number;
}

/**
 * Inner products of the rows of a [m,d] with the rows of b [n,d], plus `offset`: [m,n]. Four sums grow side by side, for an
 * addition would wait for the one before it; the last row stands in where fewer than four are left.
 */
export function innerProducts(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  size: number,
  offset: number,
): Float64Array {
  const [m, n] = [a.length / size, b.length / size];
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    const from = i * size;
    const to = i * n;
    for (let j = 0; j < n; j += 4) {
      const j1 = Math.min(j + 1, n - 1);
      const j2 = Math.min(j + 2, n - 1);
      const j3 = Math.min(j + 3, n - 1);
      const b0 = j * size;
      const b1 = j1 * size;
      const b2 = j2 * size;
      const b3 = j3 * size;
      let s0 = offset;
      let s1 = offset;
      let s2 = offset;
      let s3 = offset;
      for (let k = 0; k < size; k++) {
        const x = a[from + k];
        s0 += x * b[b0 + k];
        s1 += x * b[b1 + k];
        s2 += x * b[b2 + k];
        s3 += x * b[b3 + k];
      }
      result[to + j] = s0;
      result[to + j1] = s1;
      result[to + j2] = s2;
      result[to + j3] = s3;
    }
  }
  return result;
}

/** Z Z' + 1 (the 1 only if the bias is trained): unchanged while the features stay. */
export function prototypeProducts({
  prototypes,
  size,
  bias,
}: Pick<GainInputs, "prototypes" | "size" | "bias">): Float64Array {
  return innerProducts(prototypes, prototypes, size, bias === null ? 0 : 1);
}

/** Logits [N,K] of features [N,d]. */
export function logitsOf(
  features: ArrayLike<number>,
  { weight, bias, classes, size }: Omit<GainInputs, "prototypes" | "labels">,
): Float64Array {
  const logits = innerProducts(features, weight, size, 0);
  if (bias !== null) for (let at = 0; at < logits.length; at++) logits[at] += bias[at % classes];
  return logits;
}

/** exp(share S - rowmax) of logits S [B,K]. */
function exponentials(logits: Float64Array, classes: number, share: number): Float64Array {
  const result = new Float64Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    let largest = -Infinity;
    for (let l = from; l < from + classes; l++) largest = Math.max(largest, share * logits[l]);
    for (let l = from; l < from + classes; l++) result[l] = Math.exp(share * logits[l] - largest);
  }
  return result;
}

/** G [B,B] for one beta. `derivative` is A [B,K], `products` comes from `prototypeProducts`. */
export function gainInFloat64(
  inputs: GainInputs,
  products: Float64Array,
  derivative: ArrayLike<number>,
  beta: number,
): Float64Array {
  const { classes, labels, prototypes } = inputs;
  const buckets = labels.length;
  const logits = logitsOf(prototypes, inputs);
  const [e1, e2] = [exponentials(logits, classes, beta), exponentials(logits, classes, 1 - beta)];
  const moment = new Float64Array(buckets * classes);
  for (let i = 0; i < buckets; i++) {
    for (let b = 0; b < buckets; b++) {
      const product = products[i * buckets + b];
      for (let l = 0; l < classes; l++) moment[i * classes + l] += product * derivative[b * classes + l];
    }
  }
  const result = new Float64Array(buckets * buckets);
  for (let i = 0; i < buckets; i++) {
    for (let j = 0; j < buckets; j++) {
      let [weighted, total] = [0, 0];
      for (let l = 0; l < classes; l++) {
        const p = e1[i * classes + l] * e2[j * classes + l];
        total += p;
        weighted += p * (beta * moment[i * classes + l] + (1 - beta) * moment[j * classes + l]);
      }
      const label = labels[i];
      const own = beta * moment[i * classes + label] + (1 - beta) * moment[j * classes + label];
      result[i * buckets + j] = own - weighted / total;
    }
  }
  return result;
}

/** Nodes and weights of 8-point Gauss-Legendre quadrature on [-1, 1] (Abramowitz and Stegun, table 25.4), positive half. */
const QUADRATURE = [
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745],
  [0.9602898564975363, 0.1012285362903763],
] as const;

/** Average of a gain over beta uniform in [low, high]. */
export function expectedOverMixing(
  [low, high]: readonly [number, number],
  gainAt: (beta: number) => Float64Array,
): Float64Array {
  const middle = (low + high) / 2;
  const half = (high - low) / 2;
  let total: Float64Array | null = null;
  for (const [node, weight] of QUADRATURE) {
    for (const sign of [-1, 1]) {
      const part = gainAt(middle + sign * half * node);
      total ??= new Float64Array(part.length);
      for (let at = 0; at < part.length; at++) total[at] += (weight / 2) * part[at];
    }
  }
  return total ?? new Float64Array(0);
}
