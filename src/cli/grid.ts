/** `selmix sweep` with axes: a grid of independent tunes, here or under a scheduler; and what its workers are started with. */
import { availableParallelism } from "node:os";
import path from "node:path";
import { beginGrid, finishGrid } from "../engine/grid/grid.ts";
import { outcomeOf } from "../engine/grid/outcome.ts";
import { workerVariable } from "../engine/grid/schedulers/scheduler.ts";
import { schedulers } from "../engine/grid/schedulers/schedulers.ts";
import { type Axes, type GridScope, planGrid } from "../engine/grid/tasks.ts";
import { work } from "../engine/grid/work.ts";
import type { JobContext } from "../engine/job.ts";
import { loadProject } from "../project/load.ts";
import type { TuneChoices } from "../protocol/engine.ts";
import { terminal, terminalLines } from "../words/escape/sinks.ts";
import { counted } from "../words/numbers.ts";
import type { Options } from "./arguments.ts";
import { gridReport } from "./gridReport.ts";
import { sweptBy } from "./sweep.ts";
import { UsageError } from "./usageError.ts";
import type { Voice } from "./voice.ts";

/** Workers under a scheduler, unless told otherwise: each takes one task after another. */
const usualWorkers = 50;

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
  const started = performance.now();
  const scope: GridScope = common;
  if (options.work !== undefined) {
    const ended = await work(path.resolve(options.work), process.env[workerVariable], scope, context);
    voice.result({ ended }, () => terminalLines([terminal.text(`Ended ${counted(ended, "tune")}.`)]));
    return true;
  }
  const axes = axesOf(options, objective, seed);
  const on = options.on ?? "local";
  const cores = availableParallelism();
  const most = options.workers ?? (on === "local" ? cores : usualWorkers);
  const threads = common.threads ?? (on === "local" ? Math.max(1, Math.floor(cores / most)) : 1);
  const settings = { choices, threads, ...(common.backend !== undefined && { backend: common.backend }) };
  const record = await planGrid(axes, common.checkpoint, settings, scope, context);
  const gridFolder = beginGrid(record, scope);
  const log = path.join(gridFolder, "workers.log");
  const scheduler = schedulers[on](
    { words: workerWords(gridFolder, options), name: nameOf(gridFolder), folder: gridFolder, log, threads },
    context,
  );
  const hasTest = loadProject(scope.configurationPath, scope).configuration.features.test !== undefined;
  await finishGrid(record, most, scheduler, log, context);
  const outcome = {
    gridFolder,
    ...outcomeOf(record, hasTest),
    seconds: (performance.now() - started) / 1000,
  };
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

/** This very program, as a worker. */
function workerWords(gridFolder: string, { config, allowOutside, workspacePackages }: Options): string[] {
  const [, program = ""] = process.argv;
  return [
    ...[process.execPath, program, "sweep", "--work", gridFolder, "--config", path.resolve(config)],
    ...(allowOutside ? ["--allow-outside"] : []),
    ...(workspacePackages ? ["--workspace-packages"] : []),
  ];
}

/** What a scheduler calls the workers of a grid. */
function nameOf(gridFolder: string): string {
  return `selmix-${path.basename(gridFolder)}`;
}
