/** The probabilities of the head that a tune answers with: how they came out, and the temperature folded into it where that is asked for. */
import type { ProbabilityRecord } from "../../protocol/records.ts";
import type { FeatureRows, Head } from "../../selmix/problem.ts";
import type { Evaluator } from "../../selmix/validation/evaluator.ts";
import {
  bestScale,
  probabilityQuality,
  scaledHead,
  scalesToTry,
} from "../../selmix/validation/probabilities.ts";
import { asStored } from "../measure/storedHead.ts";
import { replacementsOf } from "../problem/groupColumns.ts";
import type { Prepared } from "../problem/prepare.ts";
import type { MeasuredCandidate } from "../verdict/candidates.ts";

/** A head as it is to be written. */
export interface Answer {
  readonly replacements: MeasuredCandidate["replacements"];
  readonly head: Head;
  /** Null where its probabilities were not looked at: of a whole network, whose features are others than the checkpoint's. */
  readonly probabilities: ProbabilityRecord | null;
}

/**
 * The head that is written for a candidate: itself, or with `"calibrate"` scaled so that its probabilities are best on validation and
 * every row of every table is predicted as before.
 */
export async function answerOf(
  prepared: Prepared,
  { head, replacements }: MeasuredCandidate,
  evaluator: Evaluator,
): Promise<Answer> {
  const { configuration } = prepared.project;
  if (configuration.tuning.train === "all") return { head, replacements, probabilities: null };
  const changes = replacements.length > 0;
  const scale = configuration.calibrate && changes ? await foldableScale(prepared, head, evaluator) : null;
  const written = scale === null ? head : scaledHead(head, scale);
  const probabilities = await probabilitiesOf(prepared, written, evaluator);
  return {
    head: written,
    replacements: scale === null ? replacements : replacementsOf(prepared, written),
    probabilities: { temperature: scale === null ? null : 1 / scale, ...probabilities },
  };
}

async function probabilitiesOf(prepared: Prepared, written: Head, evaluator: Evaluator) {
  const { problem, test } = prepared;
  const on = async (set: Prepared["problem"]["validation"]) => {
    const features = evaluator.features(set.rows, problem.head);
    try {
      const before = await probabilityQuality(features, problem.head, set);
      return { before, after: await probabilityQuality(features, written, set) };
    } finally {
      features.dispose();
    }
  };
  return { validation: await on(problem.validation), test: test && (await on(test)) };
}

/** The scale nearest to the best under which no row of any table is predicted otherwise, at the precision that the head is stored with. */
async function foldableScale(prepared: Prepared, head: Head, evaluator: Evaluator): Promise<number> {
  const { validation, train } = prepared.problem;
  const features = evaluator.features(validation.rows, head);
  const best = await bestScale(features, head, validation).finally(() => features.dispose());
  const tables = new Set([validation.rows, train.rows, ...(prepared.test ? [prepared.test.rows] : [])]);
  if (prepared.proof) tables.add(prepared.proof.rows);
  const scales = scalesToTry(best);
  const stored: Head[] = [];
  for (const one of [head, ...scales.map((scale) => scaledHead(head, scale))])
    stored.push(await asStored(prepared, one));
  const same = scales.map(() => true);
  for (const rows of tables)
    (await samePredictions(rows, stored, evaluator)).forEach((isSame, at) => {
      same[at] &&= isSame;
    });
  const chosen = scales.find((_scale, at) => same[at]);
  return chosen ?? 1;
}

/** Whether each head but the first predicts every row as the first does. */
async function samePredictions(
  rows: FeatureRows,
  [first, ...others]: readonly Head[],
  evaluator: Evaluator,
): Promise<boolean[]> {
  if (first === undefined) return [];
  const features = evaluator.features(rows, first);
  try {
    const [wanted, ...found] = await features.predict([first, ...others]);
    return found.map((winners) => winners.every((winner, row) => winner === wanted?.[row]));
  } finally {
    features.dispose();
  }
}
