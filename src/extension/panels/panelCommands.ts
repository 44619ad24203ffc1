/** The commands that a run's panel asks for; each is given the folder of the run. */
import type { FromPanel } from "../../protocol/panels.ts";
import { commandIds } from "../ids.ts";

export const panelCommands: Readonly<Record<Extract<FromPanel, { type: "command" }>["command"], string>> = {
  showLog: commandIds.showLog,
  openRunFolder: commandIds.openRunFolder,
  tune: commandIds.tuneLatest,
  createConfiguration: commandIds.createConfiguration,
  showGainPanel: commandIds.showGain,
  showRecallPanel: commandIds.showRecall,
  compareRuns: commandIds.compareRuns,
  useRun: commandIds.useRun,
  discardRun: commandIds.discardRun,
};
