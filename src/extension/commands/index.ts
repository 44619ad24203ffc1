/** Every command, by its id. */
import { errorText } from "../../words/errors.ts";
import type { App, Command } from "../app.ts";
import { fail } from "../tell.ts";
import { addConstraint } from "./addConstraint.ts";
import { chooseBackend } from "./chooseBackend.ts";
import { compareRuns } from "./compareRuns.ts";
import { copyLoadingSnippet } from "./copyLoadingSnippet.ts";
import { copyRunPath } from "./copyRunPath.ts";
import { createConfiguration } from "./createConfiguration.ts";
import { deleteRun } from "./deleteRun.ts";
import { discardRun } from "./discardRun.ts";
import { editConstraint } from "./editConstraint.ts";
import { evaluate } from "./evaluate.ts";
import { insertExportScript } from "./insertExportScript.ts";
import { inspectCheckpoint } from "./inspectCheckpoint.ts";
import { nameRun } from "./nameRun.ts";
import { openConfiguration } from "./openConfiguration.ts";
import { openRunFolder } from "./openRunFolder.ts";
import { pinRun } from "./pinRun.ts";
import { promoteRun } from "./promoteRun.ts";
import { refresh } from "./refresh.ts";
import { removeConstraint } from "./removeConstraint.ts";
import { revealOutput } from "./revealOutput.ts";
import { runControls } from "./runControls.ts";
import { saveReport } from "./saveReport.ts";
import { selectConfiguration } from "./selectConfiguration.ts";
import { selectHead } from "./selectHead.ts";
import { selectObjective } from "./selectObjective.ts";
import { setBound } from "./setBound.ts";
import { showFrontier } from "./showFrontier.ts";
import { showGain } from "./showGain.ts";
import { showLog } from "./showLog.ts";
import { showRecall } from "./showRecall.ts";
import { showRuns } from "./showRuns.ts";
import { stop } from "./stop.ts";
import { sweepBound } from "./sweepBound.ts";
import { sweepGrid } from "./sweepGrid.ts";
import { toggleAutoRetune } from "./toggleAutoRetune.ts";
import { tryExample } from "./tryExample.ts";
import { tuneCheckpoint } from "./tuneCheckpoint.ts";
import { tuneLatest } from "./tuneLatest.ts";
import { unpinRun } from "./unpinRun.ts";
import { usePoint } from "./usePoint.ts";
import { useRun } from "./useRun.ts";

const commands: readonly Command[] = [
  createConfiguration,
  tryExample,
  openConfiguration,
  selectConfiguration,
  selectObjective,
  addConstraint,
  editConstraint,
  removeConstraint,
  sweepBound,
  sweepGrid,
  showFrontier,
  usePoint,
  setBound,
  tuneCheckpoint,
  tuneLatest,
  stop,
  toggleAutoRetune,
  evaluate,
  inspectCheckpoint,
  insertExportScript,
  selectHead,
  showGain,
  showRecall,
  compareRuns,
  showRuns,
  runControls,
  promoteRun,
  nameRun,
  openRunFolder,
  copyRunPath,
  revealOutput,
  copyLoadingSnippet,
  saveReport,
  useRun,
  discardRun,
  pinRun,
  unpinRun,
  deleteRun,
  chooseBackend,
  showLog,
  refresh,
];

/** Runs a command. Errors that it does not expect go to the log and to the user. */
export async function runCommand(id: string, app: App, args: readonly unknown[]): Promise<void> {
  const command = commands.find((one) => one.id === id);
  if (!command) throw new RangeError(`there is no command ${id}`);
  try {
    await command.run(app, ...args);
  } catch (error) {
    app.log.error(`${id} failed: ${errorText(error)}`, error instanceof Error ? error.stack : undefined);
    void fail(errorText(error));
  }
}
