/** The main job: a checkpoint in, a tuned copy beside it, and a run folder that tells how. */
import os from "node:os";
import { headReplacements } from "../checkpoints/head.ts";
import { hashFile } from "../files/hash.ts";
import type { Project } from "../project/load.ts";
import { leavesWorkspace, outputPath } from "../project/paths.ts";
import { RunWriter } from "../project/runFolder.ts";
import type { TuneRequest } from "../protocol/engine.ts";
import type { BackendRecord, CycleRecord, RunRecord, TuneResult } from "../protocol/records.ts";
import { audit } from "../selmix/audit.ts";
import { evaluate, talliesFromCounts } from "../selmix/evaluation.ts";
import type { TuneSettings } from "../selmix/settings.ts";
import { type CycleReport, type TuneOutcome, tune } from "../selmix/tune.ts";
import { backendFor } from "./backend.ts";
import { whileDeviceLives } from "./backends/index.ts";
import { chosenControls, runControls } from "./controls.ts";
import { errorDetail, errorSentence, JobError } from "./errors.ts";
import { makeFeatures } from "./features.ts";
import { breathe, type JobContext } from "./job.ts";
import { measureHeads } from "./measure.ts";
import { changesOf, headClassesOf, splitEvaluationOf } from "./measured.ts";
import { chooseCheckpoint, type Prepared, prepare } from "./prepare.ts";
import { projectOf, settingsOf } from "./settings.ts";
import { verdictsOf } from "./verdicts.ts";
import { version } from "./version.ts";

/** Messages are let in at least this often (milliseconds), where cycles are shorter. */
const breathMs = 50;

/**
 * Tunes as asked. Throws what is wrong in one sentence, or the signal's reason; the run folder then says failed or
 * cancelled, and no output was written. Stopped while the controls run, it ends with what there is.
 */
export async function tuneJob(request: TuneRequest, context: JobContext): Promise<TuneResult> {
  const started = performance.now();
  const project = projectOf(request);
  const checkpoint = chooseCheckpoint(project, request.checkpoint);
  const output = checkedOutput(project, checkpoint);
  const run = new RunWriter(project.folder, openingRecord(request, project, checkpoint));
  context.progress({ phase: "load", message: "reading", step: 0, steps: 1, runFolder: run.folder });
  run.log(`tuning ${checkpoint} for ${project.configuration.objective}`);
  try {
    const job = new TuneRun(request, context, run, started);
    const result = await job.toEnd(project, checkpoint, output);
    run.finish("done");
    return result;
  } catch (error) {
    recordEnd(run, error, context.signal.aborted);
    throw error;
  }
}

function recordEnd(run: RunWriter, error: unknown, stopped: boolean): void {
  try {
    run.log(stopped ? "stopped" : `failed: ${errorSentence(error)}\n${errorDetail(error)}`.trimEnd());
    run.finish(stopped ? "cancelled" : "failed", stopped ? null : errorSentence(error));
  } catch {
    // A disk so full that not even this can be written: the first error is the one to tell.
  }
}

function checkedOutput(project: Project, checkpoint: string): string {
  const { objective, output: template } = project.configuration;
  const output = outputPath(project.folder, template, checkpoint, objective);
  if (output === checkpoint) {
    throw new JobError(
      `The output ${output} is the checkpoint itself, which is never overwritten; change "output" in ${project.path}.`,
    );
  }
  if (!project.allowOutside && leavesWorkspace(project.workspace, output)) {
    throw new JobError(
      `The output ${output} leads out of the workspace ${project.workspace}; change "output" in ${project.path}.`,
    );
  }
  return output;
}

function openingRecord(request: TuneRequest, project: Project, checkpoint: string): RunRecord {
  const { configuration } = project;
  return {
    version: 1,
    selmix: version,
    state: "running",
    pid: process.pid,
    host: os.hostname(),
    startedAt: new Date().toISOString(),
    endedAt: null,
    checkpoint,
    checkpointHash: "",
    configurationPath: project.path,
    configuration,
    objective: configuration.objective,
    seed: configuration.tuning.seed,
    backend: null,
    classes: configuration.classes ?? [],
    buckets: [],
    trainCounts: [],
    headClasses: [],
    trigger: request.trigger,
    error: null,
  };
}

/** One run from an open folder to its result. */
class TuneRun {
  readonly #request: TuneRequest;
  readonly #context: JobContext;
  readonly #run: RunWriter;
  readonly #started: number;
  readonly #seconds = { load: 0, tune: 0, save: 0, total: 0 };
  readonly #warnings: string[] = [];
  #mark: number;

  constructor(request: TuneRequest, context: JobContext, run: RunWriter, started: number) {
    this.#request = request;
    this.#context = context;
    this.#run = run;
    this.#started = started;
    this.#mark = started;
  }

  async toEnd(project: Project, checkpoint: string, output: string): Promise<TuneResult> {
    const hash = hashFile(checkpoint, this.#context.signal);
    // Whatever fails first is reported; the hash's own failure is looked at below.
    hash.catch(() => undefined);
    await makeFeatures(project, checkpoint, this.#context, this.#run, this.#request.trusted ?? false);
    const prepared = await prepare(project, checkpoint);
    try {
      const tuning = project.configuration.tuning;
      const backend = await backendFor(prepared, tuning, this.#request, this.#context.signal);
      this.#describe(prepared, backend, await hash);
      await breathe(this.#context.signal);
      this.#lap("load");

      const settings = settingsOf(prepared);
      const history: CycleRecord[] = [];
      const outcome = await this.#tune(prepared, settings, history);
      this.#lap("tune");

      this.#progress("save", "writing the tuned copy", 0, 1);
      await breathe(this.#context.signal);
      const replacements = headReplacements(prepared.location, outcome.head);
      await prepared.checkpoint.writeCopy(output, replacements, this.#context.signal);
      this.#lap("save");
      this.#run.log(`wrote ${output}`);
      const reported = this.#report(prepared, settings, backend, outcome, history, output);
      return await whileDeviceLives(reported);
    } finally {
      await prepared.close();
    }
  }

  #describe(prepared: Prepared, backend: BackendRecord, checkpointHash: string): void {
    const { classes, buckets, trainCounts, isHead, location, warnings } = prepared;
    this.#run.update({
      checkpointHash,
      backend,
      classes: [...classes],
      buckets: [...buckets],
      trainCounts: [...trainCounts],
      headClasses: headClassesOf(isHead),
    });
    this.#run.log(`head ${location.weight} [${location.classes}, ${location.size}]: ${location.reason}`);
    this.#run.log(`backend ${backend.name} on ${backend.device}: ${backend.why}`);
    for (const warning of warnings) this.#warn(warning);
  }

  async #tune(prepared: Prepared, settings: TuneSettings, history: CycleRecord[]): Promise<TuneOutcome> {
    let mark = performance.now();
    let breath = mark;
    const tuned = tune(prepared.problem, settings, {
      signal: this.#context.signal,
      onStart: (start) => this.#run.log(`start ${start.kind}, tau ${start.tau}: ${start.why}`),
      onCycle: async (report) => {
        const now = performance.now();
        const cycle = this.#run.cycle(cycleOf(prepared, report, (now - mark) / 1000), matricesOf(report));
        mark = now;
        history.push(cycle);
        this.#context.cycle(this.#run.folder, cycle);
        const value = `${settings.objective} ${(100 * report.objective).toFixed(1)} %`;
        this.#progress("tune", value, report.step, report.steps);
        if (now - breath < breathMs) return;
        await breathe(this.#context.signal);
        breath = performance.now();
      },
    });
    return whileDeviceLives(tuned);
  }

  /** Everything after the tuned file is written: it is safe, whatever happens here. */
  async #report(
    prepared: Prepared,
    settings: TuneSettings,
    backend: BackendRecord,
    outcome: TuneOutcome,
    history: readonly CycleRecord[],
    output: string,
  ): Promise<TuneResult> {
    const [before, after] = await measureHeads(prepared, [prepared.problem.head, outcome.head]);
    if (!before || !after) throw new Error("two heads were measured");
    this.#run.confusion({
      beforeValidation: before.validation.counts,
      afterValidation: after.validation.counts,
      ...(before.test && { beforeTest: before.test.counts }),
      ...(after.test && { afterTest: after.test.counts }),
    });
    const constraints = verdictsOf(prepared, after);
    for (const { metric, kind, bound, value, satisfied } of constraints) {
      if (!satisfied)
        this.#warn(`Not satisfied on validation: ${metric} ${kind} ${bound} is ${value.toFixed(4)}.`);
    }
    const result: TuneResult = {
      checkpoint: prepared.checkpoint.path,
      output,
      objective: settings.objective,
      constraints,
      backend,
      classes: [...prepared.classes],
      buckets: [...prepared.buckets],
      trainCounts: [...prepared.trainCounts],
      headClasses: headClassesOf(prepared.isHead),
      before: splitEvaluationOf(before),
      after: splitEvaluationOf(after),
      changes: changesOf(prepared, before, after, settings.seed),
      start: outcome.start,
      bestStep: outcome.bestStep,
      steps: outcome.steps,
      controls: [],
      audit: audit(
        history.map(({ predictedChange }) => predictedChange),
        history.map(({ measuredChange }) => measuredChange),
      ),
      warnings: this.#warnings,
      seconds: this.#seconds,
      runFolder: this.#run.folder,
    };
    await this.#controls(prepared, settings, result);
    this.#seconds.total = (performance.now() - this.#started) / 1000;
    this.#run.result(result);
    this.#run.log(`done in ${this.#seconds.total.toFixed(2)} s`);
    return result;
  }

  async #controls(prepared: Prepared, settings: TuneSettings, result: TuneResult): Promise<void> {
    const { chosen, why } = chosenControls(
      prepared.project.configuration.tuning.controls,
      this.#seconds.tune,
    );
    if (why) this.#warn(why);
    try {
      await runControls(chosen, prepared, settings, this.#context, this.#run.folder, (record) =>
        result.controls.push(record),
      );
    } catch (error) {
      if (!this.#context.signal.aborted) throw error;
      this.#warn("The controls were stopped; the tuned checkpoint is complete.");
    }
  }

  #progress(phase: "tune" | "save", message: string, step: number, steps: number): void {
    this.#context.progress({ phase, message, step, steps, runFolder: this.#run.folder });
  }

  #warn(warning: string): void {
    this.#warnings.push(warning);
    this.#run.log(warning);
  }

  /** Seconds since the last lap. */
  #lap(name: "load" | "tune" | "save"): void {
    const now = performance.now();
    this.#seconds[name] = (now - this.#mark) / 1000;
    this.#mark = now;
  }
}

function cycleOf(prepared: Prepared, report: CycleReport, seconds: number): Omit<CycleRecord, "gainIndex"> {
  const { buckets, classes } = prepared.problem;
  const { recall, coverage } = evaluate(talliesFromCounts(report.counts, buckets, classes), prepared.isHead);
  const steering = report.direction?.steering;
  return {
    cycle: report.cycle,
    step: report.step,
    steps: report.steps,
    objective: report.objective,
    recall,
    coverage,
    multipliers: {
      objective: [...(steering?.objectiveMultipliers ?? [])],
      constraints: [...(steering?.constraintMultipliers ?? [])],
    },
    feasible: report.feasible,
    best: report.best,
    positiveGains: report.direction?.policy.positive ?? 0,
    predictedChange: report.predictedChange,
    measuredChange: report.measuredChange,
    learningRate: report.learningRate,
    seconds,
  };
}

function matricesOf({ direction }: CycleReport) {
  return direction && { gain: direction.gain, policy: direction.policy.probabilities };
}
