/** A dry run of what makes the features of a checkpoint: nothing is tuned, and what it comes to is said. */
import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { errorText } from "../words/errors.ts";
import { evaluationSummary } from "../words/evaluation.ts";
import { listed } from "../words/names.ts";
import type { App } from "./app.ts";
import { JobCancelled } from "./engineJob.ts";
import { commandIds } from "./ids.ts";
import type { OpenProject } from "./projects.ts";
import { startTune } from "./startTune.ts";
import { fail, inform, whileAtWork } from "./tell.ts";
import { requireTrust } from "./trust.ts";

/** The Python script that the feature command runs, when it is yet to be written. */
export function missingScript({ folder, project }: OpenProject): string | null {
  const command = project?.configuration.features.command ?? [];
  return command.find((word) => word.endsWith(".py") && !existsSync(path.resolve(folder, word))) ?? null;
}

/** Makes the features of a checkpoint, the newest when null, and measures it by them. */
export async function tryFeatures(app: App, project: OpenProject, checkpoint: string | null): Promise<void> {
  if (!(await requireTrust("SelMix runs nothing in a workspace that is not trusted."))) return;
  const open = app.projects.find(project.path);
  const { command = [], train, validation, test } = open?.project?.configuration.features ?? {};
  const script = command.find((word) => word.endsWith(".py")) ?? command[0] ?? "";
  const request = {
    kind: "evaluate" as const,
    ...{ configurationPath: project.path, checkpoint },
    ...app.projects.scope(project.path),
  };
  try {
    const measured = await whileAtWork(`Trying ${script}`, (progress) =>
      app.engine.start(request, { progress }),
    );
    const tables = [train, validation, test].flatMap((table) => (table === undefined ? [] : [table]));
    const tune = "Tune Now";
    const answer = await inform(
      `${script} works: it made ${listed(tables, tables.length)}. Before tuning: ${evaluationSummary(measured)}.`,
      tune,
    );
    if (answer === tune && open) await startTune(app, open, checkpoint);
  } catch (error) {
    if (error instanceof JobCancelled) return;
    app.log.error(`${script} could not be tried: ${errorText(error)}`);
    const [again, show, log] = ["Try Again", "Open Script", "Show Log"];
    const answer = await fail(errorText(error), again, show, log);
    if (answer === again) await tryFeatures(app, project, checkpoint);
    if (answer === log) await vscode.commands.executeCommand(commandIds.showLog);
    if (answer === show)
      await vscode.window.showTextDocument(vscode.Uri.file(path.resolve(project.folder, script)));
  }
}
