/** One run from an open folder to its result. */
import { isSameContent } from "../checkpoints/identity.ts";
import { placeWithin } from "../files/place.ts";
import type { Project } from "../project/load.ts";
import { ownGate, removeOldParts } from "../project/ownFiles.ts";
import { reachOfProject } from "../project/paths.ts";
import { readRun } from "../project/readRuns.ts";
import type { RunWriter } from "../project/runFolder.ts";
import type { TuneRequest } from "../protocol/engine.ts";
import type { BackendRecord, CycleRecord, TuneResult } from "../protocol/records.ts";
import type { Compute } from "../selmix/evaluator.ts";
import { rivalNames } from "../selmix/pool.ts";
import { readContent } from "../watching/content.ts";
import { duration } from "../words/numbers.ts";
import { type Chosen, whileDeviceLives } from "./backends/index.ts";
import { keepChanged } from "./changed.ts";
import { prepareTables } from "./checkedTables.ts";
import { chosenControls, runControls } from "./controls.ts";
import { JobError } from "./errors.ts";
import { makeFeatures } from "./features.ts";
import { breathe, type JobContext } from "./job.ts";
import { openTraining } from "./openTraining.ts";
import type { Prepared } from "./prepare.ts";
import { classesOf, cycleOf, matricesOf, resultOf } from "./runRecords.ts";
import { type SavedState, StateSaver } from "./savedState.ts";
import type { Trained, Training } from "./training.ts";

/** Messages are let in at least this often (milliseconds), where cycles are shorter. */
const breathMs = 50;

export class TuneRun {
  readonly #saved: SavedState | null;
  readonly #request: TuneRequest;
  readonly #context: JobContext;
  readonly #run: RunWriter;
  readonly #started: number;
  readonly #seconds = { load: 0, tune: 0, save: 0, total: 0 };
  readonly #warnings: string[] = [];
  #mark: number;

  /** @param saved where to go on, for a run that was left */
  constructor(
    request: TuneRequest,
    context: JobContext,
    run: RunWriter,
    started: number,
    saved: SavedState | null,
  ) {
    this.#saved = saved;
    this.#request = request;
    this.#context = context;
    this.#run = run;
    this.#started = started;
    this.#mark = started;
  }

  async toEnd(project: Project, checkpoint: string, output: string): Promise<TuneResult> {
    const { content: known } = this.#request;
    const content = readContent(checkpoint, { known, signal: this.#context.signal });
    const hash = content.then((read) => read.hash);
    // Whatever fails first is reported; the hash's own failure is looked at below.
    hash.catch(() => undefined);
    await makeFeatures(project, checkpoint, () => hash, this.#context, this.#run, this.#request);
    const prepared = await prepareTables(project, checkpoint);
    try {
      this.#requireSame(await hash);
      const training = await openTraining(prepared, this.#request, this.#context.signal, {
        saved: this.#saved,
        saver: new StateSaver(this.#run),
      });
      try {
        this.#describe(prepared, training.backend.record, await hash);
        return await this.#train(prepared, training, output);
      } finally {
        await training.close();
      }
    } finally {
      await prepared.close();
    }
  }

  async #train(prepared: Prepared, training: Training, output: string): Promise<TuneResult> {
    await breathe(this.#context.signal);
    this.#lap("load");
    const history = this.#saved ? (readRun(this.#run.folder)?.history ?? []) : [];
    const trained = await this.#tune(prepared, training, history);
    this.#lap("tune");

    this.#progress("save", "writing the tuned copy", 0, 1);
    await breathe(this.#context.signal);
    await this.#save(prepared, trained, output);
    this.#lap("save");
    this.#run.log(`wrote ${output}`);
    return await whileDeviceLives(this.#report(prepared, training.backend, trained, history, output));
  }

  /** What changed is kept with the run before the copy appears, so that the copy can be made again. */
  async #save(
    { project, checkpoint, tables }: Prepared,
    { replacements }: Trained,
    output: string,
  ): Promise<void> {
    const { signal } = this.#context;
    await tables.assertUnchanged();
    await keepChanged(this.#run.folder, checkpoint, replacements);
    const place = placeWithin(reachOfProject(project), output);
    const gate = ownGate(this.#request.replace ?? false, signal);
    await checkpoint.writeCopy(place, replacements, { signal, gate });
    await removeOldParts(place);
  }

  /** A state holds for the checkpoint it began with. */
  #requireSame(hash: string): void {
    const { checkpoint, checkpointHash } = this.#run.record;
    if (this.#saved && !isSameContent(checkpointHash, hash)) {
      throw new JobError(`${checkpoint} is another than when the run began; tune afresh.`);
    }
  }

  #describe(prepared: Prepared, backend: BackendRecord, checkpointHash: string): void {
    const { location, warnings } = prepared;
    this.#run.update({ checkpointHash, backend, ...classesOf(prepared) });
    this.#run.log(`head ${location.weight} [${location.classes}, ${location.size}]: ${location.reason}`);
    this.#run.log(`backend ${backend.name} on ${backend.device}: ${backend.why}`);
    for (const warning of warnings) this.#warn(warning);
  }

  async #tune(prepared: Prepared, training: Training, history: CycleRecord[]): Promise<Trained> {
    let mark = performance.now();
    let breath = mark;
    const { objective } = prepared.project.configuration;
    const trained = training.run({
      signal: this.#context.signal,
      onStart: (start) => this.#run.log(`start ${start.kind}, tau ${start.tau}: ${start.why}`),
      onCycle: async (report) => {
        const now = performance.now();
        const cycle = this.#run.cycle(cycleOf(prepared, report, (now - mark) / 1000), matricesOf(report));
        mark = now;
        history.push(cycle);
        this.#context.cycle(this.#run.folder, cycle);
        const { step, steps } = report;
        const reached = { objective, value: report.objective };
        const runFolder = this.#run.folder;
        this.#context.progress({ phase: "tune", message: "tuning", step, steps, runFolder, reached });
        if (now - breath < breathMs) return;
        await breathe(this.#context.signal);
        breath = performance.now();
      },
    });
    return whileDeviceLives(trained);
  }

  /** Everything after the tuned file is written: it is safe, whatever happens here. */
  async #report(
    prepared: Prepared,
    { record: backend, compute }: Chosen,
    { outcome, measure }: Trained,
    history: readonly CycleRecord[],
    output: string,
  ): Promise<TuneResult> {
    const { start, bestStep, steps, method } = outcome;
    const beforeAndAfter = await measure();
    const rival = rivalNames[method];
    if (rival !== null) this.#warn(`The answer is ${rival}: SelMix found nothing better on validation.`);
    const result = resultOf(this.#run, prepared, {
      tables: await prepared.tables.hashes(),
      ...beforeAndAfter,
      ...{ output, backend, start, method, bestStep, steps, history },
      warnings: this.#warnings,
      seconds: this.#seconds,
    });
    await this.#controls(prepared, compute, result);
    this.#seconds.total = (performance.now() - this.#started) / 1000;
    this.#run.result(result);
    this.#run.log(`done in ${duration(this.#seconds.total)}`);
    return result;
  }

  async #controls(prepared: Prepared, compute: Compute, { controls, warnings }: TuneResult): Promise<void> {
    const { chosen, why } = chosenControls(
      prepared.project.configuration.tuning.controls,
      this.#seconds.tune,
    );
    if (why) this.#warn(why, warnings);
    try {
      const { folder } = this.#run;
      await runControls(chosen, prepared, compute, this.#context, folder, (record) => controls.push(record));
    } catch (error) {
      if (!this.#context.signal.aborted) throw error;
      this.#warn("The controls were stopped; the tuned checkpoint is complete.", warnings);
    }
  }

  #progress(phase: "tune" | "save", message: string, step: number, steps: number): void {
    this.#context.progress({ phase, message, step, steps, runFolder: this.#run.folder });
  }

  #warn(warning: string, warnings = this.#warnings): void {
    warnings.push(warning);
    this.#run.log(warning);
  }

  /** Seconds since the last lap. */
  #lap(name: "load" | "tune" | "save"): void {
    const now = performance.now();
    this.#seconds[name] = (now - this.#mark) / 1000;
    this.#mark = now;
  }
}
