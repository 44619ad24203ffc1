/** What a sweep writes down of its heads. */

import os from "node:os";
import { startOf } from "../../files/liveness.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import type { Project } from "../../project/load.ts";
import { checkpointName } from "../../project/paths.ts";
import { recordVersion } from "../../protocol/records.ts";
import type { SweepPoint, SweepRecord, SweptBound, SweptHead, SweptSet } from "../../protocol/sweep.ts";
import { changeIn, type Split, valueIn } from "../../words/sets.ts";
import { keepsHead } from "../../words/use.ts";
import { headClassesOf } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import type { MeasuredCandidate } from "../verdict/candidates.ts";
import type { Settled } from "../verdict/settle.ts";
import { version } from "../version.ts";
import type { Found } from "./answers.ts";
import { boundedOf } from "./bounds.ts";

/** `sweep.json` before anything has been read. */
export function openingSweep(project: Project, checkpoint: string, swept: SweptBound): SweepRecord {
  const { path, configuration } = project;
  return {
    version: recordVersion,
    selmix: version,
    ...{ state: "running", error: null },
    ...{ pid: process.pid, processStart: startOf(process.pid), host: os.hostname() },
    ...{ startedAt: new Date().toISOString(), endedAt: null },
    ...{ checkpoint, checkpointName: checkpointName(checkpoint, project), configurationPath: path },
    objective: objectiveKey(configuration.objective),
    swept,
    confidence: configuration.confidence ?? null,
    minimumSupport: configuration.minimumSupport,
    ...{ classes: configuration.classes ?? [], groups: [], buckets: [], trainCounts: [], headClasses: [] },
    support: { validation: [], test: null },
    ...{ bounds: [], points: [], references: [], warnings: [], seconds: 0 },
  };
}

/** What the tables say of the classes. */
export function classesOfSweep(
  { classes, groupNames, cells, trainCounts, isHead }: Prepared,
  checkpoint: MeasuredCandidate,
) {
  const { validation, test } = checkpoint.measured;
  return {
    ...{ classes: [...classes], groups: [...groupNames], buckets: [...cells] },
    ...{ trainCounts: [...trainCounts], headClasses: headClassesOf(isHead) },
    support: { validation: validation.evaluation.support, test: test?.evaluation.support ?? null },
  };
}

/** A bound with the head that answers to it. */
export function pointOf(bound: number, { decision, record }: Settled<Found>, told: SweptHead): SweepPoint {
  const head = decision.closest ?? decision.about;
  return {
    bound,
    ...told,
    verdict: record,
    constraints: [...head.constraints],
    start: head.start,
    kept: keepsHead(record) && head.replacements.length > 0,
  };
}

/** A head on each set, whatever the bound. */
export function headOf(prepared: Prepared, swept: SweptBound, head: MeasuredCandidate): SweptHead {
  const objective = objectiveKey(prepared.project.configuration.objective);
  const bounded = boundedOf(prepared, swept, head.measured);
  const on = (set: Split): SweptSet | null => {
    const [measured, value] = [head.measured[set], bounded[set]];
    const change = changeIn(head.changes[set], objective);
    if (measured === null || value === null || change === undefined) return null;
    const { evaluation } = measured;
    return {
      ...{ objective: change.after, change: change.change, bounded: value },
      ...{ accuracy: valueIn(evaluation, "accuracy"), recall: evaluation.recall },
    };
  };
  const validation = on("validation");
  if (validation === null) throw new Error(`${objective} is reported of every head`);
  const { baseline, method } = head;
  return { baseline, ...(method && { method }), validation, test: on("test") };
}
