/** Runs as lists keep them. Of a thousand classes a result is 100 kB, of which a list shows ten words. */
import { createHash } from "node:crypto";
import type { EvaluationRecord, RunRecord, SplitEvaluation, TuneResult } from "../protocol/records.ts";
import { classSamples } from "../words/comparison.ts";

/** What was asked for and how it stands, without the configuration and the names of the classes. */
export function runInShort(run: RunRecord): RunRecord {
  return { ...run, configuration: {}, classes: [], buckets: [], trainCounts: [], headClasses: [] };
}

/** The single numbers of a result, without those of each class. */
export function resultInShort(result: TuneResult): TuneResult {
  return {
    ...result,
    ...{ classes: [], buckets: [], trainCounts: [], headClasses: [] },
    before: splitInShort(result.before),
    after: splitInShort(result.after),
    trained: result.trained && {
      ...result.trained,
      evaluation: splitInShort(result.trained.evaluation),
    },
    controls: [],
    warnings: [],
    populations: {
      validation: populationOf(result, result.before.validation),
      test: result.before.test && populationOf(result, result.before.test),
    },
  };
}

/** What a list still has to know of the classes and their samples: whether those of two runs are the same. */
function populationOf({ classes, buckets }: TuneResult, { support }: EvaluationRecord): string {
  const samples = classSamples(buckets, support, classes.length);
  return createHash("sha256")
    .update(JSON.stringify([classes, samples]))
    .digest("hex");
}

function splitInShort({ validation, test }: SplitEvaluation): SplitEvaluation {
  return { validation: evaluationInShort(validation), test: test && evaluationInShort(test) };
}

function evaluationInShort(evaluation: EvaluationRecord): EvaluationRecord {
  return { ...evaluation, recall: [], coverage: [], support: [] };
}
