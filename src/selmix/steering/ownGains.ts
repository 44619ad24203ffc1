/** The gains of buckets that are mixed with themselves: G[i,i] of docs/method.md, eq. (20), without the others. */

/**
 * M[i,y(i)] - sum_l softmax(S)[i,l] M[i,l], [B].
 * @param logits S [B,K] of the prototypes. @param moment beta M [B,K]
 */
export function ownGains(
  labels: Int32Array,
  { logits, moment }: { readonly logits: Float32Array; readonly moment: Float32Array },
  classes: number,
  beta: number,
): Float32Array {
  return Float32Array.from(labels, (label, i) => {
    const from = i * classes;
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = from; at < from + classes; at++) if (logits[at] > largest) largest = logits[at];
    let [total, expected] = [0, 0];
    for (let at = from; at < from + classes; at++) {
      const share = Math.exp(logits[at] - largest);
      total += share;
      expected += share * moment[at];
    }
    return (moment[from + label] - expected / total) / beta;
  });
}
