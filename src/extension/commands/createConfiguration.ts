/** The wizard: looks at the workspace, asks only what it cannot see, measures, and suggests an objective. */
import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { placeWithin } from "../../files/place.ts";
import { createFile } from "../../files/replace.ts";
import { metricOf, objectiveIds, shortName } from "../../metrics/catalogue.ts";
import { errorText } from "../../words/errors.ts";
import type { App, Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import type { OpenProject } from "../projects.ts";
import { startTune } from "../startTune.ts";
import { inform, pick, warn } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";

const title = "Create Configuration";

export const createConfiguration: Command = {
  id: commandIds.createConfiguration,
  async run(app) {
    if (!(await requireTrust(writesNothing))) return;
    const folder = await askFolder();
    if (!folder) return;
    const file = path.join(folder, "selmix.json");
    if (existsSync(file)) {
      await vscode.window.showTextDocument(vscode.Uri.file(file));
      void inform(`${file} exists already.`);
      return;
    }
    const { describeWorkspace } = await import("../wizard/describe.ts");
    const text = await describeWorkspace(folder, title);
    if (text === null) return;
    createFile(placeWithin(app.projects.reach(file), file), text);
    app.log.info(`Created ${file}.`);
    await app.projects.refresh();
    await app.projects.select(file);
    await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
    const project = app.projects.find(file);
    if (project?.project) await finish(app, project);
  },
};

async function askFolder(): Promise<string | null> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 1) {
    const picked = await vscode.window.showWorkspaceFolderPick({
      placeHolder: "Folder of the new selmix.json",
    });
    return picked?.uri.fsPath ?? null;
  }
  if (folders[0]) return folders[0].uri.fsPath;
  void inform("Open the folder with your checkpoints first.");
  return null;
}

/** Measures the newest checkpoint, suggests what is worth raising, and offers to tune; or says what is missing first. */
async function finish(app: App, project: OpenProject): Promise<void> {
  if (!vscode.workspace.isTrusted) return;
  const missing = missingScript(project);
  if (missing !== null) {
    await offerScript(missing);
    return;
  }
  const suggestion = await measureAndSuggest(app, project);
  if (!suggestion) return;
  const sorted = [...objectiveIds].sort(
    (a, b) => Number(b === suggestion.objective) - Number(a === suggestion.objective),
  );
  const picked = await pick(
    sorted.map((id) => ({
      label: shortName(id),
      description: id === suggestion.objective ? `suggested: ${suggestion.why}` : id,
      detail: metricOf(id).sentence,
      id,
    })),
    { title: `${title}: Objective`, placeHolder: "What tuning raises" },
  );
  if (!picked) return;
  await app.projects.edit(project, [{ path: ["objective"], value: picked.id }]);
  const tune = "Tune Now";
  const answer = await inform("selmix.json is ready.", tune);
  const ready = app.projects.find(project.path);
  if (answer === tune && ready?.project) await startTune(app, ready, null);
}

/** The Python script that the feature command runs, when it is yet to be written. */
function missingScript({ folder, project }: OpenProject): string | null {
  const command = project?.configuration.features.command ?? [];
  return command.find((word) => word.endsWith(".py") && !existsSync(path.resolve(folder, word))) ?? null;
}

async function offerScript(missing: string): Promise<void> {
  const insert = "Insert Feature Export Script";
  const message = `selmix.json is ready, but ${missing}, which makes the feature tables, is not there yet.`;
  const answer = await inform(message, insert);
  if (answer === insert) await vscode.commands.executeCommand(commandIds.insertExportScript);
}

async function measureAndSuggest(app: App, project: OpenProject) {
  const { suggestObjective } = await import("../wizard/suggest.ts");
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: "Measuring the newest checkpoint",
  };
  try {
    const { evaluation } = await vscode.window.withProgress(
      progress,
      () =>
        app.engine.start({
          kind: "evaluate",
          configurationPath: project.path,
          checkpoint: null,
          ...app.projects.scope(project.path),
        }).result,
    );
    return suggestObjective(evaluation.validation);
  } catch (error) {
    // Without features yet there is nothing to measure: the configuration stands, and says what is missing when tuned.
    app.log.warn(`The newest checkpoint could not be measured: ${errorText(error)}`);
    void warn(errorText(error));
    return null;
  }
}
