/** Whether the objective can be judged on the samples of validation: said before anything is tuned for it. */

import type { ObjectiveId } from "../../metrics/catalogue.ts";
import { metricsIn } from "../../metrics/objective.ts";
import { needsGroups } from "../../selmix/confusion/objectives.ts";
import { isSupported } from "../../selmix/confusion/support.ts";
import { countPredictions, talliesByClass, talliesFromCounts } from "../../selmix/confusion/tallies.ts";
import { type CountedRecalls, doubtOf } from "../../selmix/estimates/doubtful.ts";
import { biasShift } from "../../selmix/heads/adjustedHead.ts";
import { classCounts } from "../../selmix/heads/logitAdjustment.ts";
import type { Evaluator } from "../../selmix/validation/evaluator.ts";
import { winnersIn } from "../../selmix/validation/winners.ts";
import { doubtSentence } from "../../words/doubt.ts";
import type { Prepared } from "./prepare.ts";

/**
 * A sentence where it cannot, none where it can. Judged by the recalls of the checkpoint or of its logit adjustment, whichever are better:
 * what frequency alone does to them is no chance.
 */
export async function doubtsAbout(prepared: Prepared, evaluator: Evaluator): Promise<string[]> {
  const { problem, project, isHead } = prepared;
  const { validation, head, buckets, classes } = problem;
  const features = evaluator.features(validation.rows, head);
  const shifts = head.bias === null ? [undefined] : [undefined, biasShift(classCounts(problem), 1)];
  const predictions = shifts.map(() => new Int32Array(validation.rows.count));
  const see = (logits: ArrayLike<number>, start: number) => {
    for (const [at, shift] of shifts.entries()) predictions[at].set(winnersIn(logits, classes, shift), start);
  };
  await features.logits(head, see).finally(() => features.dispose());
  const countedFor = (objective: ObjectiveId) =>
    predictions.map((found): CountedRecalls => {
      const counts = countPredictions(found, validation.buckets, buckets.length, classes);
      const plain = buckets.map(({ weight: _, ...bucket }) => bucket);
      const tallies = talliesFromCounts(counts, plain, classes);
      const ofCells = needsGroups(objective);
      const { correct, support } = ofCells ? tallies : talliesByClass(tallies);
      const present = Array.from(support.keys()).filter(
        (at) => support[at] > 0 && (!ofCells || isSupported(buckets[at])),
      );
      return {
        recalls: present.map((at) => correct[at] / support[at]),
        samples: present.map((at) => support[at]),
        isHead: present.map((at) => isHead[ofCells ? buckets[at].label : at]),
      };
    });
  const sum = ({ recalls }: CountedRecalls) => recalls.reduce((total, recall) => total + recall, 0);
  return metricsIn(project.configuration.objective).flatMap((objective) => {
    const [better] = countedFor(objective).sort((a, b) => sum(b) - sum(a));
    const doubt = doubtOf(objective, better);
    return doubt === null ? [] : [doubtSentence(objective, doubt)];
  });
}
