/** Who wins: the class that is predicted. */

/** The class that wins each row of logits [rows, K], to which `added` [K] is added: of equal ones the first. */
export function winnersIn(
  logits: ArrayLike<number>,
  classes: number,
  added: ArrayLike<number> = new Float32Array(classes),
): Int32Array {
  const winners = new Int32Array(logits.length / classes);
  for (let row = 0, from = 0; row < winners.length; row++, from += classes) {
    let winner = 0;
    let most = logits[from] + added[0];
    for (let k = 1; k < classes; k++) {
      const logit = logits[from + k] + added[k];
      if (logit > most) {
        most = logit;
        winner = k;
      }
    }
    winners[row] = winner;
  }
  return winners;
}
