/** How far the logit of each row's label lies above its best rival's: all that a look needs of the logits. */

/** Of some rows: the margin of the label, and the rival it is above or below; of equal rivals the first. */
export interface Rivals {
  readonly margins: ArrayLike<number>;
  readonly rivals: ArrayLike<number>;
}

/**
 * @param logits [rows, K], to which `offset` [K] is added
 * @param labels class of each of the rows, from place `start`
 */
export function rivalsIn(
  logits: ArrayLike<number>,
  labels: Int32Array,
  start: number,
  classes: number,
  offset: Float32Array | null = null,
): Rivals {
  const rows = logits.length / classes;
  const [margins, rivals] = [new Float64Array(rows), new Int32Array(rows)];
  const added = offset ?? new Float32Array(classes);
  for (let row = 0; row < rows; row++) {
    const from = row * classes;
    const label = labels[start + row];
    let rival = label === 0 ? 1 : 0;
    let most = logits[from + rival] + added[rival];
    for (let k = rival + 1; k < classes; k++) {
      const shifted = logits[from + k] + added[k];
      if (shifted > most && k !== label) {
        most = shifted;
        rival = k;
      }
    }
    margins[row] = logits[from + label] + added[label] - most;
    rivals[row] = rival;
  }
  return { margins, rivals };
}
