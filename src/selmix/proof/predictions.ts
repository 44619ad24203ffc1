/** What a head predicts, computed the same way everywhere: in float64, term after term, so that whoever checks a proof gets its counts. */
import type { FeatureRows, Head } from "../problem.ts";

/** Bytes of features read at a time. */
const CHUNK_BYTES = 4 * 2 ** 20;

/** The predicted class of every row, the first of equal ones. @param pause called between parts of the work, where it may be stopped */
export async function exactPredictions(
  rows: FeatureRows,
  { classes, size, weight, bias }: Head,
  pause: () => Promise<void>,
): Promise<Int32Array> {
  const atOnce = Math.max(1, Math.min(rows.count, Math.floor(CHUNK_BYTES / 4 / size)));
  const chunk = new Float32Array(atOnce * size);
  const predictions = new Int32Array(rows.count);
  for (let start = 0; start < rows.count; start += atOnce) {
    const count = Math.min(atOnce, rows.count - start);
    rows.read(start, count, chunk, 0);
    for (let row = 0; row < count; row++) {
      let [winner, most] = [0, Number.NEGATIVE_INFINITY];
      for (let k = 0; k < classes; k++) {
        let logit = 0;
        for (let i = 0, at = row * size, own = k * size; i < size; i++)
          logit += chunk[at + i] * weight[own + i];
        logit += bias === null ? 0 : bias[k];
        if (logit > most) [winner, most] = [k, logit];
      }
      predictions[start + row] = winner;
    }
    await pause();
  }
  return predictions;
}
