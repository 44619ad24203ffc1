/** Keeps a run folder for a training loop that is not ours, so that the panels follow it like any other run. */

import path from "node:path";
import { metricName } from "../../metrics/catalogue.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import { reachOfProject } from "../../project/paths.ts";
import { markEnded, readRun, readRunRecord } from "../../project/readRuns.ts";
import { RunWriter } from "../../project/runFolder.ts";
import type { BackendRecord } from "../../protocol/records.ts";
import { duration } from "../../words/numbers.ts";
import { JobError } from "../errors.ts";
import { type MeasuredHead, measuredFrom } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import { classesOf, cycleOf, matricesOf, openingRecord, resultOf } from "../run/runRecords.ts";
import type { CountedRows } from "../tables/buckets.ts";
import { candidateOf } from "../verdict/candidates.ts";
import { settle } from "../verdict/settle.ts";
import type { Decision, Progress } from "./policyDecision.ts";
import { type RecordedRun, storedState } from "./policyState.ts";

export interface PolicyRecording extends Progress {
  /** The checkpoint that training started from. */
  readonly checkpoint: string;
  /** The training process: a run whose process is gone counts as dead. */
  readonly pid: number;
  /** What computes, for people: "PyTorch 2.13 on cuda:0". */
  readonly device: string;
  /** The last call: the tuned file that was written, with tables and head of the network in it. */
  readonly output?: string;
}

/**
 * Writes the cycle that has ended; at the last call writes the result.
 * @param known the run as the state remembers it; null before there is one
 * @returns what the state has to remember of the run
 */
export async function recordCall(
  recording: PolicyRecording,
  prepared: Prepared,
  known: RecordedRun | null,
  decision: Decision,
): Promise<RecordedRun> {
  const { writer, run } = known ? resumed(known) : await begun(recording, prepared, decision.unadjusted);
  const { ended } = decision;
  const now = Date.now();
  if (ended) writer.cycle(cycleOf(prepared, ended, (now - run.cycleBegan) / 1000), matricesOf(ended));
  if (recording.output === undefined) writer.close();
  else finish(writer, recording, prepared, run, decision, recording.output);
  return { ...run, kept: writer.kept, cycleBegan: now };
}

/** Ends the run of a training loop that stopped before its last call, as cancelled; one that has ended stays as it is. */
export function stopRun(stateFile: string): void {
  const run = storedState(stateFile)?.run;
  if (run) markEnded(run.folder, "cancelled", null);
}

function resumed(run: RecordedRun): { writer: RunWriter; run: RecordedRun } {
  const record = readRunRecord(run.folder);
  if (record?.state !== "running") {
    throw new JobError(
      `The run in ${run.folder} has ended or is gone; start afresh with another state file.`,
    );
  }
  return { writer: new RunWriter("", record, { resume: run }), run };
}

async function begun(
  { checkpoint, pid, device }: PolicyRecording,
  prepared: Prepared,
  { validation, test }: MeasuredHead,
): Promise<{ writer: RunWriter; run: RecordedRun }> {
  const { project } = prepared;
  // Only the first call needs it, and every call would wait for it.
  const { readContent } = await import("../../watching/content.ts");
  const record = {
    ...openingRecord(project, path.resolve(checkpoint), { trigger: "user", pid }),
    checkpointHash: (await readContent(path.resolve(checkpoint))).hash,
    backend: backendOf(device),
    ...classesOf(prepared),
  };
  const writer = new RunWriter(project.folder, record, { reach: reachOfProject(project) });
  writer.log(
    `fine-tuning the whole network from ${checkpoint} for ${metricName(objectiveKey(project.configuration.objective))}`,
  );
  const before = { validation: validation.predictions, test: test?.predictions ?? null };
  return { writer, run: { folder: writer.folder, kept: writer.kept, cycleBegan: Date.now(), before } };
}

/** The network is trained by another program; SelMix only steers it. */
function backendOf(device: string): BackendRecord {
  const [name = device, place = ""] = device.split(" on ");
  return { name, device: place, why: "the network is trained by your own script" };
}

/** What was: the network as it came; what is: the network in the tuned file. */
function finish(
  writer: RunWriter,
  { device, steps }: PolicyRecording,
  prepared: Prepared,
  { before }: RecordedRun,
  { measured: after, start }: Decision,
  output: string,
): void {
  const { problem, test, warnings } = prepared;
  const set = (rows: CountedRows, predictions: Int32Array) => measuredFrom(prepared, rows, predictions);
  const history = readRun(writer.folder)?.history ?? [];
  const total = (Date.now() - Date.parse(writer.record.startedAt)) / 1000;
  const untrained = {
    validation: set(problem.validation, before.validation),
    test: test && before.test && set(test, before.test),
  };
  const candidate = (measured: MeasuredHead) =>
    candidateOf(prepared, untrained, { baseline: null, head: problem.head, measured, replacements: [] });
  const candidates = { checkpoint: candidate(untrained), baselines: [], tuned: candidate(after) };
  writer.result(
    resultOf(writer, prepared, {
      output: path.resolve(output),
      backend: backendOf(device),
      before: untrained,
      settled: settle(prepared, candidates),
      controls: [],
      ...{ probabilities: null, groupTable: null },
      ...{ start, steps, history, warnings },
      bestStep: history.findLast(({ best }) => best)?.step ?? steps,
      seconds: { load: 0, tune: total, save: 0, total },
    }),
  );
  writer.log(`done in ${duration(total)}: ${output}`);
  writer.finish("done");
}
