/** The head of a grid's task taken into use: its tune becomes a run of its own, the same one however often it is used. */
import path from "node:path";
import { findTask, noteUsed, runOfTask, stateOf, taskFolder, usedAs } from "../../project/gridFolder.ts";
import { reachOfProject } from "../../project/paths.ts";
import { runsFolder } from "../../project/runFolder.ts";
import type { UseResult } from "../../protocol/engine.ts";
import { JobError } from "../errors.ts";
import type { JobContext } from "../job.ts";
import { asRun, earlierRun } from "../run/asRun.ts";
import { useRun } from "../run/useRun.ts";
import type { GridScope } from "./tasks.ts";

/**
 * Writes the head of the task whose name begins so. Throws `JobError` where there is none of the name, or it is not done, or was tuned on
 * a draw of validation; and whatever `useRun` does.
 */
export async function useTask(
  name: string,
  scope: GridScope,
  where: { readonly output?: string; readonly replace: boolean },
  context: JobContext,
): Promise<UseResult> {
  const folder = path.dirname(scope.configurationPath);
  const reach = reachOfProject(scope);
  const task = findTask(folder, name, reach);
  if (task === null)
    throw new JobError(`No grid of ${scope.configurationPath} has one task ${name}; say more of its name.`);
  if (task.draw !== null)
    throw new JobError(
      `The tune ${name} is of a draw of validation, which is for the spread; use one of the same seed without --draws.`,
    );
  const own = taskFolder(folder, task.id);
  if (stateOf(own) !== "done")
    throw new JobError(
      `The tune ${name} is not done; type the command of its grid again, which goes on with it.`,
    );
  const runs = runsFolder(folder);
  const runFolder = earlierRun(runs, usedAs(own)) ?? asRun(runOfTask(own), runs, task, reach);
  noteUsed(own, path.basename(runFolder));
  return useRun({ ...scope, ...where, kind: "use", runFolder }, context);
}
