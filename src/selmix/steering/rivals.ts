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

/**
 * The same for each of some offsets [K] added to the logits, in one go: of each row only classes are compared of which some offset
 * could make the best rival.
 */
export function rivalsUnder(
  logits: ArrayLike<number>,
  labels: Int32Array,
  start: number,
  offsets: readonly Float32Array[],
): Rivals[] {
  const classes = offsets[0].length;
  const rows = logits.length / classes;
  const [least, most] = [lowest(offsets), highest(offsets)];
  const near = new Int32Array(classes);
  const found = offsets.map(() => ({ margins: new Float64Array(rows), rivals: new Int32Array(rows) }));
  for (let row = 0; row < rows; row++) {
    const from = row * classes;
    const label = labels[start + row];
    const count = possibleRivals(logits, from, label, least, most, near);
    for (let at = 0; at < offsets.length; at++) {
      const added = offsets[at];
      let rival = near[0];
      let best = logits[from + rival] + added[rival];
      for (let other = 1; other < count; other++) {
        const k = near[other];
        const shifted = logits[from + k] + added[k];
        if (shifted > best) {
          best = shifted;
          rival = k;
        }
      }
      found[at].margins[row] = logits[from + label] + added[label] - best;
      found[at].rivals[row] = rival;
    }
  }
  return found;
}

/**
 * Finds the classes of a row but its label whose logit, with the most that is added to it, reaches what the best has with the least.
 * @param into the classes, in their order; returned is how many there are
 */
function possibleRivals(
  logits: ArrayLike<number>,
  from: number,
  label: number,
  least: Float32Array,
  most: Float32Array,
  into: Int32Array,
): number {
  let reached = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < least.length; k++) {
    const shifted = logits[from + k] + least[k];
    if (shifted > reached && k !== label) reached = shifted;
  }
  let count = 0;
  for (let k = 0; k < most.length; k++)
    if (!(logits[from + k] + most[k] < reached) && k !== label) into[count++] = k;
  return count;
}

function lowest(offsets: readonly Float32Array[]): Float32Array {
  return offsets[0].map((_first, k) => Math.min(...offsets.map((added) => added[k])));
}

function highest(offsets: readonly Float32Array[]): Float32Array {
  return offsets[0].map((_first, k) => Math.max(...offsets.map((added) => added[k])));
}
