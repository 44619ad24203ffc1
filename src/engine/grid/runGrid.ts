/** A grid that was asked for, from its plan to what it came to. Its workers are this program's own command line, as whoever types it starts them. */
import { availableParallelism } from "node:os";
import path from "node:path";
import { loadProject } from "../../project/load.ts";
import type { JobRequest } from "../../protocol/engine.ts";
import type { GridOutcome, GridRecord, SchedulerName } from "../../protocol/grid.ts";
import type { GridResult } from "../../protocol/jobResults.ts";
import { failuresText, gridCautions, spreadsText } from "../../words/grid.ts";
import { commandLine } from "../installation.ts";
import type { JobContext } from "../job.ts";
import { beginGrid, finishGrid } from "./grid.ts";
import { outcomeOf } from "./outcome.ts";
import { schedulers } from "./schedulers/schedulers.ts";
import { type Axes, type GridScope, type GridSettings, gridScope, planGrid } from "./tasks.ts";

/** Workers under a scheduler, unless told otherwise: each takes one task after another. */
const usualWorkers = 50;

/** How far workers may reach, which they are told as a person tells it. */
interface WorkerScope extends GridScope {
  readonly workspacePackages?: boolean;
  readonly packagePath?: string;
}

/** Who tunes. */
export interface Crew {
  readonly on: SchedulerName;
  /** As many as there are cores here, or fifty elsewhere, unless it is said. */
  readonly workers: number | undefined;
  /** Threads of each; its share of the cores here, or one elsewhere, unless it is said. */
  readonly threads: number | undefined;
  /** The command line's file. */
  readonly program: string;
}

/** Has every task of the axes done. Throws `JobError` for what cannot be tuned so, or the signal's reason; workers have ended then. */
export async function runGrid(
  {
    axes,
    checkpoint,
    settings,
  }: {
    readonly axes: Axes;
    readonly checkpoint: string | null;
    readonly settings: Omit<GridSettings, "threads">;
  },
  crew: Crew,
  scope: WorkerScope,
  context: JobContext,
): Promise<{ readonly record: GridRecord; readonly outcome: GridOutcome }> {
  const started = performance.now();
  const cores = availableParallelism();
  const isHere = crew.on === "local";
  const most = crew.workers ?? (isHere ? cores : usualWorkers);
  const threads = crew.threads ?? (isHere ? Math.max(1, Math.floor(cores / most)) : 1);
  const record = await planGrid(axes, checkpoint, { ...settings, threads }, scope, context);
  const gridFolder = beginGrid(record, scope);
  const log = path.join(gridFolder, "workers.log");
  const { workspace, packagePath } = scope;
  const command = { words: workerWords(crew.program, gridFolder, scope), folder: gridFolder, log, threads };
  const name = `selmix-${path.basename(gridFolder)}`;
  const scheduler = schedulers[crew.on]({ ...command, name, workspace, packagePath }, context);
  const hasTest = loadProject(scope.configurationPath, scope).configuration.features.test !== undefined;
  await finishGrid(record, most, scheduler, log, context);
  const seconds = (performance.now() - started) / 1000;
  return { record, outcome: { gridFolder, ...outcomeOf(record, hasTest), seconds } };
}

function workerWords(program: string, gridFolder: string, scope: WorkerScope): string[] {
  return [
    ...[process.execPath, program, "sweep", "--work", gridFolder, "--config", scope.configurationPath],
    ...(scope.allowOutside ? ["--allow-outside"] : []),
    ...(scope.workspacePackages ? ["--workspace-packages"] : []),
  ];
}

type Request = Extract<JobRequest, { kind: "grid" }>;

/** A grid for somebody who is at the editor meanwhile: one worker, beside this process. */
export async function gridJob(request: Request, context: JobContext): Promise<GridResult> {
  const { configurationPath, objectives, seeds, checkpoints, backend, ...reach } = request;
  const scope = { ...reach, ...gridScope({ ...reach, configurationPath }) };
  const axes = { objectives, seeds, checkpoints, swept: null, bounds: [], draws: 0 };
  const settings = { choices: {}, ...(backend !== undefined && { backend }) };
  const crew = { on: "local", workers: 1, threads: request.threads, program: commandLine() } as const;
  const { outcome } = await runGrid({ axes, checkpoint: null, settings }, crew, scope, context);
  const { gridFolder, tasks, cells, seconds } = outcome;
  const count = (state: string) => tasks.filter((task) => task.state === state).length;
  return {
    ...{ gridFolder, seconds, tunes: tasks.length, done: count("done"), failed: count("failed") },
    sentences: [...failuresText(tasks), ...spreadsText(cells, null), ...gridCautions(cells)],
  };
}
