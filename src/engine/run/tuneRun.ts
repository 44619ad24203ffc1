/** One run from an open folder to its result. */

import { isSameContent } from "../../checkpoints/identity.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import type { Project } from "../../project/load.ts";
import { readRun } from "../../project/readRuns.ts";
import type { RunWriter } from "../../project/runFolder.ts";
import type { TuneRequest } from "../../protocol/engine.ts";
import type { BackendRecord, CycleRecord, TuneResult } from "../../protocol/records.ts";
import { goalOf } from "../../selmix/steering/settings.ts";
import type { Compute } from "../../selmix/validation/evaluator.ts";
import { readContent } from "../../watching/content.ts";
import { marginPriceText } from "../../words/constraints.ts";
import { duration } from "../../words/numbers.ts";
import { whileDeviceLives } from "../backends/index.ts";
import { JobError } from "../errors.ts";
import { type JobContext, yieldToEvents } from "../job.ts";
import { type PreparedTables, prepareTables } from "../problem/checkedTables.ts";
import { doubtsAbout } from "../problem/doubtfulObjective.ts";
import { withGroupColumns } from "../problem/groupColumns.ts";
import { groupTablePath, withoutOffsets } from "../problem/groupTable.ts";
import { requireJudgeable } from "../problem/judgeable.ts";
import type { Prepared } from "../problem/prepare.ts";
import { settingsOf } from "../problem/settings.ts";
import { writeCertificate } from "../proof/certificatePlace.ts";
import { certificateFor } from "../proof/runCertificate.ts";
import { writeRowsToLabel } from "../proof/toLabel.ts";
import { makeFeatures } from "../tables/features.ts";
import { openTraining } from "../training/openTraining.ts";
import { type SavedState, StateSaver } from "../training/savedState.ts";
import type { Trained, Training } from "../training/training.ts";
import { keepChanged } from "../verdict/changed.ts";
import { type Answer, answerOf } from "./calibration.ts";
import { runControls, trainingControls } from "./controls.ts";
import { type JudgedRun, judgeRun } from "./judgeRun.ts";
import { writeOutput } from "./output.ts";
import { classesOf, cycleOf, matricesOf, resultOf } from "./runRecords.ts";

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

  /** @param output where the copy goes; null where none is to be written. @param draw of validation, in its rows' place */
  async toEnd(
    project: Project,
    checkpoint: string,
    output: string | null,
    draw?: number,
  ): Promise<TuneResult> {
    const { content: known } = this.#request;
    const content = readContent(checkpoint, { known, signal: this.#context.signal });
    const hash = content.then((read) => read.hash);
    // Whatever fails first is reported; the hash's own failure is looked at below.
    hash.catch(() => undefined);
    await makeFeatures(project, checkpoint, () => hash, this.#context, this.#run, this.#request);
    const opened = await prepareTables(project, checkpoint, {
      signal: this.#context.signal,
      trusted: this.#request.trusted,
      draw,
    });
    try {
      requireJudgeable(opened);
      const told = project.configuration.groupsAtPrediction ? withGroupColumns(opened) : opened;
      this.#requireSame(await hash);
      const training = await openTraining(told, this.#request, this.#context.signal, {
        saved: this.#saved,
        saver: new StateSaver(this.#run),
      });
      const { prepared } = training;
      try {
        this.#describe(prepared, training.backend.record, await hash);
        return await this.#train(prepared, training, output);
      } finally {
        await training.close();
      }
    } finally {
      await opened.close();
    }
  }

  async #train(prepared: Prepared, training: Training, output: string | null): Promise<TuneResult> {
    const { signal } = this.#context;
    await yieldToEvents(signal);
    this.#lap("load");
    for (const doubt of await doubtsAbout(prepared, training.backend.compute)) this.#warn(doubt);
    const history = this.#saved ? (readRun(this.#run.folder)?.history ?? []) : [];
    const trained = await this.#tune(prepared, training, history);
    this.#lap("tune");
    const { record: backend, compute } = training.backend;
    const judged = await whileDeviceLives(
      judgeRun(prepared, compute, trained, this.#context, this.#run.folder),
    );
    const { about, closest } = judged.settled.decision;
    if (trained.outcome.crossFit !== null && (closest ?? about).method !== undefined) {
      this.#warn(
        "The head's offsets were tuned on validation; there it is judged by offsets tuned without the row at hand.",
      );
    }
    for (const note of judged.notes) this.#warn(note);
    const { marginPrice } = trained.outcome;
    const { id, told } = goalOf(settingsOf(prepared)).objective;
    const price = marginPrice && marginPriceText(id, marginPrice, told(marginPrice) - told(0));
    if (price) this.#warn(price);
    const answer = await whileDeviceLives(answerOf(prepared, closest ?? about, compute));
    const { folder } = this.#run;
    const unlabelled = await whileDeviceLives(
      writeRowsToLabel(prepared, about.constraints, answer.head, compute, folder),
    );
    if (unlabelled !== null) this.#warn(unlabelled);
    this.#lap(null);
    const written = await this.#save(prepared, judged, answer, output);
    this.#lap("save");
    const { start, bestStep, steps } = trained.outcome;
    const result = resultOf(this.#run, prepared, {
      ...judged,
      tables: await prepared.tables.hashes(),
      ...{ output: written, backend, start, bestStep, steps, history },
      probabilities: answer.probabilities,
      groupTable: written && withoutOffsets(answer.replacements).offsets && groupTablePath(written),
      warnings: this.#warnings,
      seconds: this.#seconds,
    });
    this.#finish(result);
    await this.#trainControls(prepared, compute, result);
    this.#finish(result);
    this.#run.log(`done in ${duration(this.#seconds.total)}`);
    return result;
  }

  /**
   * Writes the copy that the verdict is for; otherwise what stands at the output stays. What changed is kept with the run
   * before that, so that the copy can be made (again). Returns where it was written, or null.
   */
  async #save(
    prepared: Prepared,
    { settled, links }: JudgedRun,
    { head, replacements }: Answer,
    output: string | null,
  ): Promise<string | null> {
    const { project, checkpoint, tables, classes, groupNames, proof } = prepared;
    const { signal } = this.#context;
    const { decision, about } = settled.decision;
    await yieldToEvents(signal);
    await tables.assertUnchanged();
    await keepChanged(this.#run.folder, checkpoint, replacements);
    if (output === null || (decision !== "use" && decision !== "useBaseline")) {
      this.#run.log("nothing was written");
      return null;
    }
    this.#progress("save", "writing the tuned copy", 0, 1);
    const asked = { about: about.head, written: head, output };
    const certificate = proof && (await certificateFor({ ...prepared, proof }, links, asked, signal));
    const { replace } = this.#request;
    const names = { classes, groups: groupNames };
    const copy = await writeOutput(project, checkpoint, replacements, output, { replace, signal, names });
    this.#run.update({ copies: [copy] });
    this.#run.log(`wrote ${output}`);
    if (certificate) writeCertificate(project, output, certificate);
    return output;
  }

  /** A state holds for the checkpoint it began with. */
  #requireSame(hash: string): void {
    const { checkpoint, checkpointHash } = this.#run.record;
    if (this.#saved && !isSameContent(checkpointHash, hash)) {
      throw new JobError(`${checkpoint} is another than when the run began; tune afresh.`);
    }
  }

  #describe(prepared: PreparedTables, backend: BackendRecord, checkpointHash: string): void {
    const { location, warnings, origin } = prepared;
    const { bodyHash, tables } = origin;
    this.#run.update({ checkpointHash, bodyHash, tables: { ...tables }, backend, ...classesOf(prepared) });
    this.#run.log(`head ${location.weight} [${location.classes}, ${location.size}]: ${location.reason}`);
    this.#run.log(`backend ${backend.name} on ${backend.device}: ${backend.why}`);
    for (const warning of warnings) this.#warn(warning);
  }

  async #tune(prepared: Prepared, training: Training, history: CycleRecord[]): Promise<Trained> {
    let mark = performance.now();
    let yielder = mark;
    const objective = objectiveKey(prepared.project.configuration.objective);
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
        if (now - yielder < breathMs) return;
        await yieldToEvents(this.#context.signal);
        yielder = performance.now();
      },
    });
    return whileDeviceLives(trained);
  }

  /** The result as it stands: controls that train add to it, and change nothing that it says. */
  #finish(result: TuneResult): void {
    this.#seconds.total = (performance.now() - this.#started) / 1000;
    this.#run.result(result);
  }

  async #trainControls(
    prepared: Prepared,
    compute: Compute,
    { controls, warnings }: TuneResult,
  ): Promise<void> {
    const choice = prepared.project.configuration.tuning.controls;
    const { chosen, why } = trainingControls(choice, this.#seconds.tune, prepared);
    for (const sentence of why) this.#warn(sentence, warnings);
    try {
      const { folder } = this.#run;
      const run = runControls(chosen, prepared, compute, this.#context, folder, ({ record }) =>
        controls.push(record),
      );
      await whileDeviceLives(run);
    } catch (error) {
      if (!this.#context.signal.aborted) throw error;
      this.#warn("The controls were stopped; the verdict stands, and what it is for is written.", warnings);
    }
  }

  #progress(phase: "tune" | "save", message: string, step: number, steps: number): void {
    this.#context.progress({ phase, message, step, steps, runFolder: this.#run.folder });
  }

  #warn(warning: string, warnings = this.#warnings): void {
    warnings.push(warning);
    this.#run.log(warning);
  }

  /** Seconds since the last lap; those under no name are in the total alone. */
  #lap(name: "load" | "tune" | "save" | null): void {
    const now = performance.now();
    if (name !== null) this.#seconds[name] = (now - this.#mark) / 1000;
    this.#mark = now;
  }
}
