/** A worker: takes tasks of a grid that nobody has, one after another, until none is left. */
import path from "node:path";
import { realPlace } from "../../files/place.ts";
import {
  claimant,
  fail,
  gridsFolder,
  readGrid,
  settle,
  stateOf,
  taskFolder,
} from "../../project/gridFolder.ts";
import { leavesWorkspace } from "../../project/paths.ts";
import type { GridRecord } from "../../protocol/grid.ts";
import { errorSentence, JobError } from "../errors.ts";
import { type JobContext, yieldToEvents } from "../job.ts";
import { tidy } from "../problem/workplace.ts";
import { claimFor } from "./claims.ts";
import { type Known, runTask } from "./runTask.ts";
import type { GridScope } from "./tasks.ts";

/** Works on a grid. Returns how many tasks it ended. Throws `JobError` for what is none of this project, or the signal's reason. */
export async function work(
  gridFolder: string,
  worker: string | undefined,
  scope: GridScope,
  context: JobContext,
): Promise<number> {
  const grid = gridOf(gridFolder, scope);
  const folder = path.dirname(scope.configurationPath);
  tidy({ ...scope, folder });
  const known: Known = { contents: new Map(), tables: null };
  let ended = 0;
  // Others that die give tasks back, so that it looks again until it finds none.
  for (let before = -1; before !== ended; ) {
    before = ended;
    for (const task of grid.tasks) {
      await yieldToEvents(context.signal);
      const own = taskFolder(folder, task.id);
      const state = stateOf(own);
      if (state === "done" || state === "failed") continue;
      const claim = claimFor(own, worker);
      if (claim === null) continue;
      try {
        settle(own, await runTask(grid, task, { folder: own, token: claim.token }, known, scope, context));
      } catch (error) {
        context.signal.throwIfAborted();
        // A task that was given to another is the other's to tell of.
        if (claimant(own)?.token === claim.token) fail(own, errorSentence(error));
      } finally {
        claim.release();
      }
      ended++;
    }
  }
  return ended;
}

/** A grid of this project. Its folder may have come with the workspace, so that it names no file that counts: tasks are checked one by one. */
export function gridOf(
  gridFolder: string,
  { configurationPath, workspace, allowOutside }: GridScope,
): GridRecord {
  const folder = path.resolve(gridFolder);
  const grid = readGrid(folder);
  const own = realPlace(gridsFolder(path.dirname(configurationPath)));
  if (
    grid === null ||
    realPlace(path.dirname(folder)) !== own ||
    grid.configurationPath !== configurationPath
  )
    throw new JobError(
      `${folder} is no grid of ${configurationPath}; go to where it was made, or sweep afresh.`,
    );
  const outside = grid.tasks.find(({ checkpoint }) => leavesWorkspace(workspace, checkpoint));
  if (outside && !allowOutside)
    throw new JobError(
      `The grid in ${folder} names ${outside.checkpoint}, which lies outside of the workspace ${workspace}; sweep afresh.`,
    );
  return grid;
}
