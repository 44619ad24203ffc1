/** The tasks of a grid: every tune of its axes, each under a name that stands for all that its result depends on. */
import { createHash } from "node:crypto";
import path from "node:path";
import { objectiveKey } from "../../metrics/composed.ts";
import { listCheckpoints } from "../../project/checkpointFiles.ts";
import { whyNoGrid } from "../../project/gridable.ts";
import type { Project } from "../../project/load.ts";
import { checkpointName } from "../../project/paths.ts";
import { type GridRecord, type GridTask, mostTasks } from "../../protocol/grid.ts";
import { objectiveId, recordVersion } from "../../protocol/records.ts";
import type { SweptBound } from "../../protocol/sweep.ts";
import { readContent } from "../../watching/content.ts";
import { JobError } from "../errors.ts";
import type { JobContext } from "../job.ts";
import { chooseCheckpoint } from "../problem/chooseCheckpoint.ts";
import { projectOf } from "../problem/settings.ts";
import { visit } from "../problem/workplace.ts";
import { sweptProject } from "../sweep/swept.ts";
import { makeFeatures } from "../tables/features.ts";
import { type TableHashes, WatchedTables } from "../tables/tableHashes.ts";
import { version } from "../version.ts";

/** How far a grid may reach, as of a job. */
export interface GridScope {
  readonly configurationPath: string;
  readonly workspace: string;
  readonly allowOutside: boolean;
  readonly trusted: boolean;
}

/** How far a request may reach: as far as its configuration's folder where nothing is said. */
export function gridScope({
  configurationPath,
  workspace,
  allowOutside = false,
  trusted = false,
}: Partial<GridScope> & Pick<GridScope, "configurationPath">): GridScope {
  const home = path.resolve(workspace ?? path.dirname(configurationPath));
  return { configurationPath, workspace: home, allowOutside, trusted };
}

/** What is varied; the product of all is tuned. */
export interface Axes {
  /** By `objectiveKey`; empty: the configuration's own. */
  readonly objectives: readonly string[];
  /** A glob as in selmix.json, or the files; null for one checkpoint. */
  readonly checkpoints: string | readonly string[] | null;
  readonly swept: SweptBound | null;
  readonly bounds: readonly number[];
  /** Empty: the configuration's own. */
  readonly seeds: readonly number[];
  /** Draws of validation; 0 for validation as it is. */
  readonly draws: number;
}

export type GridSettings = Pick<GridRecord, "choices" | "backend" | "threads">;

/**
 * Reads the checkpoints and the tables for what they hold, and names the tasks. Throws one sentence for what cannot be tuned so, before
 * anything is.
 */
export async function planGrid(
  axes: Axes,
  checkpoint: string | null,
  settings: GridSettings,
  scope: GridScope,
  context: JobContext,
): Promise<GridRecord> {
  const { swept } = axes;
  const own = projectOf({ ...scope, ...settings.choices });
  const checkpoints = await checkpointsOf(own, axes, checkpoint);
  const { signal } = context;
  const contents = new Map<string, string>();
  for (const [step, one] of checkpoints.entries()) {
    const message = `reading ${path.basename(one)}`;
    context.progress({ phase: "load", message, step, steps: checkpoints.length, runFolder: null });
    contents.set(one, (await readContent(one, { signal })).hash);
  }
  const tables = await tablesFor(own, checkpoints[0] ?? "", contents, scope, context);
  const orOwn = <T>(values: readonly T[], usual: T) => (values.length > 0 ? [...new Set(values)] : [usual]);
  const objectives = orOwn(axes.objectives, objectiveKey(own.configuration.objective));
  const seeds = orOwn(axes.seeds, own.configuration.tuning.seed);
  const bounds = swept === null ? [null] : [...new Set(axes.bounds)];
  const draws = axes.draws === 0 ? [null] : Array.from({ length: axes.draws }, (_unused, at) => at + 1);
  const count = checkpoints.length * objectives.length * bounds.length * seeds.length * draws.length;
  if (count > mostTasks)
    throw new JobError(`That is ${count} tunes, and a grid has at most ${mostTasks}; leave some out.`);
  const tasks = checkpoints.flatMap((file) =>
    objectives.flatMap((objective) =>
      bounds.flatMap((bound) => {
        const about = { checkpoint: file, checkpointName: checkpointName(file, own), objective, bound };
        const project = taskProject({ swept, choices: settings.choices }, { ...about, seed: 0 }, scope);
        requireGridable(project);
        const content = contents.get(file) ?? "";
        return seeds.flatMap((seed) =>
          draws.map((draw): GridTask => {
            const task = { ...about, seed, draw };
            return { id: identityOf(project, task, content, tables), ...task };
          }),
        );
      }),
    ),
  );
  return {
    version: recordVersion,
    selmix: version,
    startedAt: new Date().toISOString(),
    configurationPath: own.path,
    ...{ swept, tasks },
    ...settings,
  };
}

/** What the tables hold, made before where the configuration says how: workers run no program. */
async function tablesFor(
  project: Project,
  checkpoint: string,
  contents: ReadonlyMap<string, string>,
  scope: GridScope,
  context: JobContext,
): Promise<TableHashes> {
  const leave = await visit(project, { what: "plans a grid", trusted: scope.trusted }, context);
  try {
    await makeFeatures(project, checkpoint, async () => contents.get(checkpoint) ?? "", context, null, scope);
    return await tablesNow(project, context.signal);
  } finally {
    leave();
  }
}

async function checkpointsOf(
  project: Project,
  { checkpoints: named }: Axes,
  asked: string | null,
): Promise<string[]> {
  if (named === null) return [await chooseCheckpoint(project, asked)];
  if (asked !== null)
    throw new JobError("One checkpoint is named, and --checkpoints names several; leave out one of the two.");
  const found = typeof named === "string" ? matching(project, named) : [...new Set(named)];
  const { command, network } = project.configuration.features;
  if (found.length > 1 && (command || network))
    throw new JobError(
      `${project.path} makes features for one checkpoint at a time, and ${found.length} are named; name one checkpoint for each grid.`,
    );
  return Promise.all(found.map((file) => chooseCheckpoint(project, file)));
}

/** The checkpoints of a glob, the oldest first. */
function matching(project: Project, pattern: string): string[] {
  const configuration = { ...project.configuration, checkpoints: [pattern] };
  const found = listCheckpoints({ ...project, configuration }).map((file) => file.path);
  if (found.length === 0)
    throw new JobError(`No checkpoint matches ${pattern} in ${project.folder}; correct the pattern.`);
  return found.toReversed();
}

/** What can be tuned many times over. */
function requireGridable(project: Project): void {
  const why = whyNoGrid(project);
  if (why !== null) throw new JobError(why);
}

/** The project of a task: selmix.json as it is now, with what the grid chooses over it. */
export function taskProject(
  { swept, choices }: Pick<GridRecord, "swept" | "choices">,
  { objective, bound, seed }: Pick<GridTask, "objective" | "bound" | "seed">,
  scope: GridScope,
): Project {
  const chosen = withObjective(projectOf({ ...scope, ...choices, seed }), objective);
  const moved =
    swept === null || bound === null ? chosen : withBound(sweptProject(chosen, swept), swept, bound);
  const { tuning } = moved.configuration;
  // Controls that train change no verdict, and take longer than the tune.
  const controls = tuning.controls === "auto" ? "trainingFree" : tuning.controls;
  const { command, network, ...features } = moved.configuration.features;
  return { ...moved, configuration: { ...moved.configuration, features, tuning: { ...tuning, controls } } };
}

/** A sum or a cost is that of selmix.json, which is the only place to say one. */
function withObjective(project: Project, key: string): Project {
  const { configuration, path: file } = project;
  if (objectiveKey(configuration.objective) === key) return project;
  const { data: objective } = objectiveId.safeParse(key);
  if (objective === undefined)
    throw new JobError(`The objective of ${file} is another than this grid was asked for; ask for it again.`);
  return { ...project, configuration: { ...configuration, objective } };
}

function withBound(project: Project, { kind }: SweptBound, bound: number): Project {
  const { constraints } = project.configuration;
  const moved = constraints.slice(-1).map((one) => ({ ...one, [kind]: bound }));
  return {
    ...project,
    configuration: { ...project.configuration, constraints: [...constraints.slice(0, -1), ...moved] },
  };
}

/** What the tables of a project hold now. */
export async function tablesNow(project: Project, signal: AbortSignal): Promise<TableHashes> {
  return (await WatchedTables.of(project.folder, project.configuration.features)).hashes(signal);
}

/**
 * A name for a task, 40 letters of a SHA-256: of what its checkpoint and tables hold, the configuration but for where files lie, the
 * seed, the draw, and the version that tunes. Tasks of one name come to one result.
 */
export function identityOf(
  { configuration }: Project,
  { seed, draw }: Pick<GridTask, "seed" | "draw">,
  content: string,
  tables: TableHashes,
): string {
  const { $schema, checkpoints, output, autoRetune, features, tuning, ...meant } = configuration;
  const told = { version, content, tables, ...meant, tuning: { ...tuning, seed }, draw };
  return createHash("sha256").update(JSON.stringify(told)).digest("hex").slice(0, 40);
}
