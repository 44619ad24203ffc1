/** A classifier's scores as the logits that a correction starts from: where it changes nothing, so do the predictions. */
import { type FeatureRows, rowsInMemory } from "../problem.ts";

/** What scores are: probabilities, or numbers of which the largest wins (of one column, of which those above 0 do). */
export interface ScoreForm {
  readonly kind: "probabilities" | "logits";
  /** Probabilities below count as so much: half of the least that is not 0, which what is written as 0 may have been. */
  readonly floor: number;
}

const pieceNumbers = 256 * 1024;
const [LEAST_FLOOR, LARGEST_FLOOR] = [1e-7, 1e-2];

/** Tells what scores are from all of them: between 0 and 1 they are probabilities. */
export function scoreFormOf(scores: FeatureRows): ScoreForm {
  let least = Number.POSITIVE_INFINITY;
  for (const piece of pieces(scores)) {
    for (const value of piece) {
      if (!(value >= 0 && value <= 1)) return { kind: "logits", floor: 0 };
      if (value > 0 && value < least) least = value;
    }
  }
  return { kind: "probabilities", floor: Math.min(LARGEST_FLOOR, Math.max(LEAST_FLOOR, least / 2)) };
}

function* pieces(rows: FeatureRows): Generator<Float32Array> {
  const { count, size, values } = rows;
  if (values) return yield values;
  const atOnce = Math.max(1, Math.floor(pieceNumbers / size));
  const piece = new Float32Array(atOnce * size);
  for (let from = 0; from < count; from += atOnce) {
    const some = Math.min(atOnce, count - from);
    rows.read(from, some, piece, 0);
    yield piece.subarray(0, some * size);
  }
  return undefined;
}

/**
 * Scores [N,K] as logits: logarithms of probabilities, from which each row's mean is taken. A single column is the log-odds
 * of the second class.
 */
export function logitRows(scores: FeatureRows, form: ScoreForm): FeatureRows {
  const { count, size, values } = scores;
  if (values) {
    const logits = values.slice();
    toLogits(logits, 0, count, size, form);
    return rowsInMemory(logits, size);
  }
  return {
    count,
    size,
    read(start, wanted, target, at) {
      scores.read(start, wanted, target, at);
      toLogits(target, at, wanted, size, form);
    },
  };
}

function toLogits(
  values: Float32Array,
  at: number,
  count: number,
  size: number,
  { kind, floor }: ScoreForm,
): void {
  const end = at + count * size;
  if (kind === "probabilities") {
    for (let i = at; i < end; i++) {
      const log = Math.log(Math.max(values[i], floor));
      values[i] = size === 1 ? log - Math.log(Math.max(1 - values[i], floor)) : log;
    }
  }
  if (size === 1) return;
  for (let row = at; row < end; row += size) {
    let mean = 0;
    for (let k = 0; k < size; k++) mean += values[row + k] / size;
    for (let k = 0; k < size; k++) values[row + k] -= mean;
  }
}
