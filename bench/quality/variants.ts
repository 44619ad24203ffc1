/** What was tried in the place of the method's multipliers and of its coordinates; `multipliers.ts` compares them. */

import type { inConditionedCoordinates } from "../../src/selmix/heads/conditioning.ts";
import { type FeatureRows, type Head, type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { augmentedLagrangian, type MultiplierRule } from "../../src/selmix/steering/memory.ts";

type Coordinates = typeof inConditionedCoordinates;

export interface Variant {
  readonly title: string;
  readonly rule?: MultiplierRule;
  readonly coordinates?: Coordinates;
}

/** Projected dual ascent: what is missed is added for good, and nothing else presses. */
function dualAscent(rate: number): MultiplierRule {
  return {
    remember: (kept, slacks) => slacks.map((slack, at) => Math.max(0, (kept?.[at] ?? 0) - rate * slack)),
    multipliers: (kept) => kept,
  };
}

/**
 * A proportional-integral controller in its velocity form (nuPI: Sohrabi et al., 2024): what is missed is added, and `proportional` times how
 * much more is missed than in the cycle before. What is kept are the multipliers and then the slacks of the cycle before.
 */
function controller(integral: number, proportional: number): MultiplierRule {
  return {
    remember(kept, slacks) {
      const count = slacks.length;
      const moved = slacks.map((slack, at) => {
        const change = slack - (kept?.[count + at] ?? slack);
        return Math.max(0, (kept?.[at] ?? 0) - integral * slack - proportional * change);
      });
      return Float64Array.of(...moved, ...slacks);
    },
    multipliers: (kept, slacks) => kept.slice(0, slacks.length),
  };
}

/** What is missed now presses, and nothing is remembered. */
const penalty: MultiplierRule = {
  remember: (_kept, slacks) => new Float64Array(slacks.length),
  multipliers: augmentedLagrangian.multipliers,
};

export const ruleVariants = {
  product: { title: "augmented Lagrangian, 10 and 2 (the product)" },
  dual2: { title: "dual ascent, rate 2", rule: dualAscent(2) },
  dual10: { title: "dual ascent, rate 10", rule: dualAscent(10) },
  controller: { title: "PI controller, 2 and 10", rule: controller(2, 10) },
  penalty: { title: "penalty without memory", rule: penalty },
} satisfies Record<string, Variant>;

/** Training in the network's own coordinates. */
const asTheyAre: Coordinates = (problem) => ({ problem, original: (head) => head, inside: (head) => head });

/** u = L^-1 (x - mean), L L^T being the covariance of train plus `shrinkage` times its mean eigenvalue. */
function whitened(shrinkage: number): Coordinates {
  return (problem) => {
    const { mean, factor } = momentsOf(problem.train.rows, shrinkage);
    const inside = (head: Head): Head =>
      head === problem.head ? whitenedProblem.head : whitenedHead(head, mean, factor);
    const whitenedProblem: Problem = {
      ...problem,
      head: whitenedHead(problem.head, mean, factor),
      train: { ...problem.train, rows: whitenedRows(problem.train.rows, mean, factor) },
      validation: { ...problem.validation, rows: whitenedRows(problem.validation.rows, mean, factor) },
    };
    const original = (head: Head) =>
      head === whitenedProblem.head ? problem.head : originalHead(head, mean, factor);
    return { problem: whitenedProblem, original, inside };
  };
}

export const coordinateVariants = {
  product: { title: "standardised (the product)" },
  asTheyAre: { title: "as they are", coordinates: asTheyAre },
  whitened10: { title: "whitened, shrinkage 0.1", coordinates: whitened(0.1) },
  whitened1: { title: "whitened, shrinkage 0.01", coordinates: whitened(0.01) },
} satisfies Record<string, Variant>;

function valuesOf({ count, size, read }: FeatureRows): Float32Array {
  const values = new Float32Array(count * size);
  read(0, count, values, 0);
  return values;
}

/** Mean [d] and lower Cholesky factor [d,d] of the shrunk covariance. */
function momentsOf(rows: FeatureRows, shrinkage: number): { mean: Float64Array; factor: Float64Array } {
  const { count, size } = rows;
  const values = valuesOf(rows);
  const mean = new Float64Array(size);
  values.forEach((value, at) => {
    mean[at % size] += value / count;
  });
  const covariance = new Float64Array(size * size);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < size; i++) {
      const first = (values[row * size + i] - mean[i]) / count;
      for (let j = 0; j <= i; j++) covariance[i * size + j] += first * (values[row * size + j] - mean[j]);
    }
  }
  const trace = mean.reduce((sum, _value, i) => sum + covariance[i * size + i], 0);
  for (let i = 0; i < size; i++) covariance[i * size + i] += (shrinkage * trace) / size;
  return { mean, factor: cholesky(covariance, size) };
}

function cholesky(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j];
      for (let k = 0; k < j; k++) sum -= factor[i * size + k] * factor[j * size + k];
      factor[i * size + j] = i === j ? Math.sqrt(sum) : sum / factor[j * size + j];
    }
  }
  return factor;
}

/** Each row solved for L u = x - mean. */
function whitenedRows(rows: FeatureRows, mean: Float64Array, factor: Float64Array): FeatureRows {
  const { size } = rows;
  const values = valuesOf(rows);
  for (let from = 0; from < values.length; from += size) {
    for (let i = 0; i < size; i++) {
      let sum = values[from + i] - mean[i];
      for (let k = 0; k < i; k++) sum -= factor[i * size + k] * values[from + k];
      values[from + i] = sum / factor[i * size + i];
    }
  }
  return rowsInMemory(values, size);
}

/** W L, and b + W mean. */
function whitenedHead(head: Head, mean: Float64Array, factor: Float64Array): Head {
  const { size, weight } = head;
  const inside = weight.map((_value, at) => {
    const [row, column] = [at - (at % size), at % size];
    let sum = 0;
    for (let i = column; i < size; i++) sum += weight[row + i] * factor[i * size + column];
    return sum;
  });
  return { ...head, weight: inside, bias: movedBias(head, weight, mean, 1) };
}

/** W with W L = V, column by column from the last, and b less W mean. */
function originalHead(head: Head, mean: Float64Array, factor: Float64Array): Head {
  const { size } = head;
  const weight = Float32Array.from(head.weight);
  for (let row = 0; row < weight.length; row += size) {
    for (let j = size - 1; j >= 0; j--) {
      let sum = weight[row + j];
      for (let i = j + 1; i < size; i++) sum -= weight[row + i] * factor[i * size + j];
      weight[row + j] = sum / factor[j * size + j];
    }
  }
  return { ...head, weight, bias: movedBias(head, weight, mean, -1) };
}

function movedBias({ bias, size }: Head, weight: Float32Array, mean: Float64Array, sign: number) {
  return (
    bias?.map((value, k) => value + sign * mean.reduce((sum, at, i) => sum + weight[k * size + i] * at, 0)) ??
    null
  );
}
