/** `selmix sweep` with axes: a grid of independent tunes, here or under a scheduler; and what its workers are started with. */
import path from "node:path";
import { runGrid } from "../engine/grid/runGrid.ts";
import { workerVariable } from "../engine/grid/schedulers/scheduler.ts";
import type { Axes, GridScope } from "../engine/grid/tasks.ts";
import { work } from "../engine/grid/work.ts";
import type { JobContext } from "../engine/job.ts";
import type { TuneChoices } from "../protocol/engine.ts";
import { terminal, terminalLines } from "../words/escape/sinks.ts";
import { counted } from "../words/numbers.ts";
import type { Options } from "./arguments.ts";
import { gridReport } from "./gridReport.ts";
import { sweptBy } from "./sweep.ts";
import { UsageError } from "./usageError.ts";
import type { Voice } from "./voice.ts";

interface Common extends GridScope {
  readonly checkpoint: string | null;
  readonly backend?: string;
  readonly threads?: number;
}

/** Runs a grid to its end, or works on one. Returns whether every task is done. */
export async function grid(
  common: Common,
  { objective, seed, ...choices }: TuneChoices,
  options: Options,
  context: JobContext,
  voice: Voice,
): Promise<boolean> {
  const scope: GridScope = common;
  if (options.work !== undefined) {
    const ended = await work(path.resolve(options.work), process.env[workerVariable], scope, context);
    voice.result({ ended }, () => terminalLines([terminal.text(`Ended ${counted(ended, "tune")}.`)]));
    return true;
  }
  const asked = {
    ...{ axes: axesOf(options, objective, seed), checkpoint: common.checkpoint },
    settings: { choices, ...(common.backend !== undefined && { backend: common.backend }) },
  };
  const { on = "local", workers, workspacePackages } = options;
  const [, program = ""] = process.argv;
  const crew = { on, workers, threads: common.threads, program };
  const { record, outcome } = await runGrid(asked, crew, { ...scope, workspacePackages }, context);
  voice.result(outcome, (screen) => gridReport(outcome, record.swept, screen));
  return outcome.tasks.every(({ state }) => state === "done");
}

function axesOf(options: Options, objective: TuneChoices["objective"], seed: number | undefined): Axes {
  const { objectives, seeds, checkpoints = null, draws = 0, metric, bounds, points, use } = options;
  if (objective !== undefined && objectives !== undefined)
    throw new UsageError("--objective is one and --objectives are several; leave out one of the two.");
  if (seed !== undefined && seeds !== undefined)
    throw new UsageError("--seed is one and --seeds are several; leave out one of the two.");
  if (use !== undefined || points !== undefined)
    throw new UsageError("--use and --points are for the frontier of one bound; a grid is told its bounds.");
  if ((metric === undefined) !== (bounds === undefined))
    throw new UsageError("A grid moves a bound with --metric and --bounds together.");
  return {
    objectives: objectives ?? (objective === undefined ? [] : [objective]),
    seeds: seeds ?? (seed === undefined ? [] : [seed]),
    ...{ checkpoints, draws },
    swept: metric === undefined ? null : sweptBy(options),
    bounds: bounds ?? [],
  };
}
