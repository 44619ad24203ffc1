/**
 * Coordinates in which every feature counts alike: u = (x - mean) / scale, column by column, from train (docs/method.md, eq. (28)). In the network's own
 * coordinates columns differ in size, a step hardly moves along what separates rare classes or groups, and the offsets move
 * first. A head W, b is exactly the head W diag(scale), b + W mean there, so it is re-expressed on the way in and on the
 * way out, and nothing else of the method knows.
 */
import { type FeatureRows, type Head, type LabelledRows, type Problem, rowsInMemory } from "../problem.ts";

/** Share of the mean variance added to each column's: columns that (nearly) never move are not blown up. */
const SHRINKAGE = 0.01;
/** Bytes of features read at a time: they are looked at while the cache has them. */
const CHUNK_BYTES = 2 ** 19;

/** Rows whose numbers are added to a column's sum before the next column's. */
const ROWS_TOGETHER = 8;

/** u = (x - mean) / scale for each of d columns; mean is 0 for a head without a bias, which cannot take one up. */
export interface Conditioning {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/** The conditioning of a table's columns, from one pass over its rows. */
export function conditioningOf(rows: FeatureRows, centred: boolean): Conditioning {
  const { size, count } = rows;
  const [sums, squares] = [new Float64Array(size), new Float64Array(size)];
  const first = new Float32Array(size);
  rows.read(0, 1, first, 0);
  const chunkRows = Math.max(1, Math.min(count, Math.floor(CHUNK_BYTES / 4 / size)));
  const chunk = new Float32Array(chunkRows * size);
  const addRows = (from: number, to: number) => {
    for (let i = 0; i < size; i++) {
      let [sum, square] = [sums[i], squares[i]];
      for (let at = from * size + i; at < to * size; at += size) {
        // Distances from the first row, so that a large mean does not swallow a small variance.
        const value = chunk[at] - first[i];
        sum += value;
        square += value * value;
      }
      sums[i] = sum;
      squares[i] = square;
    }
  };
  for (let start = 0; start < count; start += chunkRows) {
    const many = Math.min(chunkRows, count - start);
    rows.read(start, many, chunk, 0);
    for (let row = 0; row < many; row += ROWS_TOGETHER) addRows(row, Math.min(row + ROWS_TOGETHER, many));
  }
  const mean = sums.map((sum, i) => first[i] + sum / count);
  const variance = squares.map((square, i) => Math.max(square / count - (sums[i] / count) ** 2, 0));
  const typical = variance.reduce((total, value) => total + value, 0) / size;
  const scale = variance.map((value) => Math.sqrt(value + SHRINKAGE * typical) || 1);
  return { mean: centred ? mean : new Float64Array(size), scale };
}

/** Rows in conditioned coordinates: computed at once where they lie in memory, and as they are read where they do not. */
export function conditionedRows(rows: FeatureRows, conditioning: Conditioning): FeatureRows {
  const view = conditionedView(rows, conditioning);
  if (rows.values === undefined) return view;
  const values = new Float32Array(rows.count * rows.size);
  view.read(0, rows.count, values, 0);
  return rowsInMemory(values, rows.size);
}

function conditionedView(rows: FeatureRows, { mean, scale }: Conditioning): FeatureRows {
  const { count, size, halves } = rows;
  const middle = Float32Array.from(mean);
  const factor = Float32Array.from(scale, (value) => 1 / value);
  return {
    count,
    size,
    ...(halves?.linear === null && { halves: { ...halves, linear: { middle, factor } } }),
    read(start, many, target, at) {
      rows.read(start, many, target, at);
      for (let row = 0, place = at; row < many; row++) {
        for (let i = 0; i < size; i++, place++) target[place] = (target[place] - middle[i]) * factor[i];
      }
    },
  };
}

/** The head that gives for u the logits that `head` gives for x. */
export function conditionedHead(head: Head, { mean, scale }: Conditioning): Head {
  const { size } = head;
  return {
    ...head,
    weight: eachColumn(head, (value, i) => value * scale[i]),
    bias: head.bias?.map((value, k) => value + dot(head.weight, k * size, mean)) ?? null,
  };
}

/** The head that gives for x the logits that `head` gives for u. */
export function originalHead(head: Head, { mean, scale }: Conditioning): Head {
  const { size } = head;
  const weight = eachColumn(head, (value, i) => value / scale[i]);
  return {
    ...head,
    weight,
    bias: head.bias?.map((value, k) => value - dot(weight, k * size, mean)) ?? null,
  };
}

/** A problem in the conditioned coordinates of its train table, and how heads come into them and out of them. */
export function inConditionedCoordinates(problem: Problem): {
  readonly problem: Problem;
  original(head: Head): Head;
  inside(head: Head): Head;
} {
  const conditioning = conditioningOf(problem.train.rows, problem.head.bias !== null);
  const conditioned = conditionedProblem(problem, conditioning);
  // A head that was never moved comes out as it went in, to the bit.
  const original = (head: Head) =>
    head === conditioned.head ? problem.head : originalHead(head, conditioning);
  const inside = (head: Head) =>
    head === problem.head ? conditioned.head : conditionedHead(head, conditioning);
  return { problem: conditioned, original, inside };
}

/** The problem in conditioned coordinates. */
export function conditionedProblem(problem: Problem, conditioning: Conditioning): Problem {
  const set = (one: LabelledRows) => ({ ...one, rows: conditionedRows(one.rows, conditioning) });
  return {
    ...problem,
    head: conditionedHead(problem.head, conditioning),
    train: set(problem.train),
    validation: set(problem.validation),
    ...(problem.unlabeled && { unlabeled: conditionedRows(problem.unlabeled, conditioning) }),
  };
}

/** A head's weights [K,d], each changed by its column. */
function eachColumn(
  { weight, size }: Head,
  changed: (value: number, column: number) => number,
): Float32Array {
  const result = new Float32Array(weight.length);
  for (let from = 0; from < weight.length; from += size)
    for (let i = 0; i < size; i++) result[from + i] = changed(weight[from + i], i);
  return result;
}

function dot(weight: Float32Array, from: number, vector: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += weight[from + i] * vector[i];
  return sum;
}
