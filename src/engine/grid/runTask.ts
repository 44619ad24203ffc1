/** One task of a grid: a tune whose run is the task's own, and that writes no copy. */
import { remove } from "../../files/direct.ts";
import { workName } from "../../project/gridFolder.ts";
import { reachOfProject } from "../../project/paths.ts";
import { RunWriter } from "../../project/runFolder.ts";
import type { GridRecord, GridTask } from "../../protocol/grid.ts";
import { readContent } from "../../watching/content.ts";
import { JobError } from "../errors.ts";
import type { JobContext } from "../job.ts";
import { chooseCheckpoint } from "../problem/chooseCheckpoint.ts";
import { openingRecord } from "../run/runRecords.ts";
import { recordEnd } from "../run/tuneJob.ts";
import { TuneRun } from "../run/tuneRun.ts";
import type { TableHashes } from "../tables/tableHashes.ts";
import { type GridScope, identityOf, tablesNow, taskProject } from "./tasks.ts";

/** What a worker has read: it need not read it again for each task. */
export interface Known {
  readonly contents: Map<string, Awaited<ReturnType<typeof readContent>>>;
  tables: TableHashes | null;
}

/** Bytes that the gains of a task may take: there are many of them. */
const gainBudget = 256 * 1024;

/**
 * Tunes, and returns the folder of the run, which is to become the task's. Throws one sentence where it cannot be, or is not the task any
 * more that the grid named.
 */
export async function runTask(
  grid: GridRecord,
  task: GridTask,
  { folder, token }: { readonly folder: string; readonly token: string },
  known: Known,
  scope: GridScope,
  context: JobContext,
): Promise<string> {
  const started = performance.now();
  const project = taskProject(grid, task, scope);
  const checkpoint = await chooseCheckpoint(project, task.checkpoint);
  const { signal } = context;
  const content = await readContent(checkpoint, { known: known.contents.get(checkpoint), signal });
  known.contents.set(checkpoint, content);
  known.tables ??= await tablesNow(project, signal);
  if (identityOf(project, task, content.hash, known.tables) !== task.id)
    throw new JobError(
      `${checkpoint}, its tables or ${project.path} are others than when the grid was made, or this is another version of SelMix; sweep again.`,
    );
  const run = new RunWriter(
    project.folder,
    openingRecord(project, checkpoint, { trigger: "user", pid: process.pid }),
    {
      reach: reachOfProject(project),
      place: { within: folder, name: workName(token) },
      gainBudget,
    },
  );
  try {
    const { backend, threads } = grid;
    const request = { ...scope, backend, threads, checkpoint, content, trigger: "user" } as const;
    await new TuneRun(request, context, run, started, null).toEnd(
      project,
      checkpoint,
      null,
      task.draw ?? undefined,
    );
    run.finish("done");
    return run.folder;
  } catch (error) {
    recordEnd(run, error, signal.aborted);
    remove(run.folder);
    throw error;
  }
}
