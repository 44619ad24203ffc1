/** Saves a run as one page that opens anywhere: the same that the recall panel and `selmix report` make. */
import path from "node:path";
import * as vscode from "vscode";
import { realPlace } from "../../files/place.ts";
import { pngAddress } from "../../files/png.ts";
import { replaceFile } from "../../files/replace.ts";
import { readGain, readRun } from "../../project/readRuns.ts";
import { errorText } from "../../words/errors.ts";
import { runCheckpoint } from "../../words/names.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { runTarget } from "../targets.ts";
import { fail, inform, warn } from "../tell.ts";

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
    const name = `selmix-${runCheckpoint(run.run)}-${run.run.objective}.html`;
    const target = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.file(path.join(path.dirname(run.configuration), path.basename(name))),
      filters: { HTML: ["html"] },
    });
    if (!target) return;
    try {
      const page = reportHtml(report, pngAddress, new Date().toISOString());
      replaceFile(realPlace(target.fsPath) ?? target.fsPath, page, { flush: false });
    } catch (error) {
      void fail(`${target.fsPath} cannot be written: ${errorText(error)}`);
      return;
    }
    app.log.info(`Saved ${target.fsPath}.`);
    const open = "Open";
    const answer = await inform(`Saved ${path.basename(target.fsPath)}.`, open);
    if (answer === open) await vscode.env.openExternal(target);
  },
};
