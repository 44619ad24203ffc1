/** What was tuned within something larger, a sweep or a grid, becomes a run like any other. */
import path from "node:path";
import { copyFolder } from "../../files/copyFolder.ts";
import type { Reach } from "../../files/place.ts";
import { replaceFile } from "../../files/replace.ts";
import { readResult, readRunRecord } from "../../project/readRuns.ts";
import { newFolder, runFiles, runName } from "../../project/runFolder.ts";

/** Whoever brought the folder with the workspace may have put more into it. */
const isRunFile = (file: string) => Object.values<string>(runFiles).includes(file);

/** The run that it was made once before, where that is still there: used twice, it is one run. @param name what that run is called */
export function earlierRun(runs: string, name: string | null): string | null {
  const run = name === null ? null : path.join(runs, path.basename(name));
  return run !== null && readRunRecord(run) ? run : null;
}

/** Copies a folder that holds a run's files into the folder of runs. Returns its place there. */
export function asRun(
  kept: string,
  runs: string,
  named: { readonly checkpointName: string; readonly objective: string },
  reach: Reach,
): string {
  const called = runName(new Date(), named.checkpointName, named.objective);
  const run = newFolder(path.join(runs, called), reach, (fresh) => copyFolder(kept, fresh, isRunFile));
  const result = readResult(run);
  if (result)
    replaceFile(
      path.join(run, runFiles.result),
      `${JSON.stringify({ ...result, runFolder: run }, null, 2)}\n`,
    );
  return run;
}
