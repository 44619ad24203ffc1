/** Saves a run as one page that opens anywhere: the same that the recall panel and `selmix report` make. */

import path from "node:path";
import * as vscode from "vscode";
import { pngAddress } from "../../files/png.ts";
import { objectiveFileName } from "../../metrics/composed.ts";
import { readGain, readRun } from "../../project/readRuns.ts";
import { runCheckpoint } from "../../words/names.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { saveFile } from "../saveFile.ts";
import { runTarget } from "../targets.ts";
import { inform, warn } from "../tell.ts";

export const saveReport: Command = {
  id: commandIds.saveReport,
  async run(app, argument) {
    const run = await runTarget(app, argument, "Save Report", ({ result }) => result !== null);
    if (!run) return;
    const { wholeReport } = await import("../../webview/report/runReport.ts");
    const { reportHtml } = await import("../../webview/report/page.ts");
    const snapshot = readRun(run.folder);
    const report = snapshot && wholeReport(snapshot, readGain);
    if (!report) {
      void warn("This run came to no result, so that there is nothing to report.");
      return;
    }
    const name = `selmix-${runCheckpoint(run.run)}-${objectiveFileName(run.run.objective)}.html`;
    const target = await saveFile(
      path.join(path.dirname(run.configuration), path.basename(name)),
      () => reportHtml(report, pngAddress, new Date().toISOString()),
      app.log,
    );
    if (!target) return;
    const open = "Open";
    const answer = await inform(`Saved ${path.basename(target.fsPath)}.`, open);
    if (answer === open) await vscode.env.openExternal(target);
  },
};
