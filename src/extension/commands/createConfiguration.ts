/** The wizard: looks at the workspace, asks only what it cannot see, measures, and suggests an objective. */
import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { placeWithin } from "../../files/place.ts";
import { createFile } from "../../files/replace.ts";
import { metricOf, type ObjectiveId, objectiveIds, shortName } from "../../metrics/catalogue.ts";
import type { JobResult } from "../../protocol/engine.ts";
import { errorText } from "../../words/errors.ts";
import { percent } from "../../words/numbers.ts";
import type { App, Command } from "../app.ts";
import { JobCancelled } from "../engineJob.ts";
import { commandIds } from "../ids.ts";
import { measuringText } from "../measuredReport.ts";
import type { OpenProject } from "../projects.ts";
import { startTune } from "../startTune.ts";
import { type Item, inform, pick, warn, whileAtWork } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";
import { suggestObjective } from "../wizard/suggest.ts";

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
    const described = await describeWorkspace(folder, title);
    if (described === null) return;
    createFile(placeWithin(app.projects.reach(file), file), described.text);
    app.log.info(`Created ${file}.`);
    await app.projects.refresh();
    await app.projects.select(file);
    await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
    const project = app.projects.find(file);
    if (!project?.project) return;
    if (described.scriptFor) await writeScript(app, described.scriptFor.checkpoint);
    else await finish(app, project);
  },
};

/** The script comes next; without a checkpoint to fill it in for, it has to wait for one. */
async function writeScript(app: App, checkpoint: string | null): Promise<void> {
  if (checkpoint !== null) {
    await vscode.commands.executeCommand(commandIds.insertExportScript, checkpoint);
    return;
  }
  app.log.info("The script that exports features is written once there is a checkpoint to fill it in for.");
  void inform(
    "selmix.json is ready. Once a checkpoint is saved, SelMix: Insert Feature Export Script writes the script that exports its features.",
  );
}

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

/** Measures the newest checkpoint, suggests what is worth raising, and offers to tune. */
async function finish(app: App, project: OpenProject): Promise<void> {
  if (!vscode.workspace.isTrusted) return;
  const measured = await measure(app, project);
  if (!measured) return;
  const picked = await pick(objectiveItems(measured), {
    title: `${title}: Objective`,
    placeHolder: "What tuning raises",
  });
  if (!picked) return;
  await app.projects.edit(project, [{ path: ["objective"], value: picked.id }]);
  const [tune, bound] = ["Tune Now", "Add Constraint…"];
  const answer = await inform("selmix.json is ready.", tune, bound);
  const ready = app.projects.find(project.path);
  if (answer === tune && ready?.project) await startTune(app, ready, null);
  if (answer === bound) await vscode.commands.executeCommand(commandIds.addConstraint);
}

/** Every objective that the tables can be tuned for, with what the checkpoint reaches; the suggested one first. */
function objectiveItems({ evaluation, sets }: JobResult<"evaluate">): (Item & { id: ObjectiveId })[] {
  const { metrics, groups } = sets.validation;
  const suggestion = suggestObjective(evaluation.validation, groups);
  const isSuggested = (id: ObjectiveId) => id === suggestion.objective;
  return objectiveIds
    .filter((id) => groups !== null || metricOf(id).needs !== "groups")
    .toSorted((a, b) => Number(isSuggested(b)) - Number(isSuggested(a)))
    .map((id) => ({
      label: shortName(id),
      description: isSuggested(id)
        ? `suggested: ${suggestion.why}`
        : metrics[id] === undefined
          ? ""
          : `${percent(metrics[id].value)} now`,
      detail: metricOf(id).sentence,
      id,
    }));
}

/** What may help where tables and checkpoint do not go together. */
async function offerNext({ project }: OpenProject, message: string): Promise<void> {
  const isOfScores = project?.configuration.checkpoints.length === 0;
  const [script, head, open] = ["Insert Export Script", "Select Head…", "Open selmix.json"];
  const answer = await warn(message, ...(isOfScores ? [] : [script, head]), open);
  if (answer === script) await vscode.commands.executeCommand(commandIds.insertExportScript);
  if (answer === head) await vscode.commands.executeCommand(commandIds.selectHead);
  if (answer === open) await vscode.commands.executeCommand(commandIds.openConfiguration);
}

async function measure(app: App, project: OpenProject): Promise<JobResult<"evaluate"> | null> {
  const request = {
    kind: "evaluate" as const,
    ...{ configurationPath: project.path, checkpoint: null },
    ...app.projects.scope(project.path),
  };
  try {
    return await whileAtWork(measuringText(project), (progress) => app.engine.start(request, { progress }));
  } catch (error) {
    if (error instanceof JobCancelled) return null;
    // Without features yet there is nothing to measure: the configuration stands, and says what is missing when tuned.
    app.log.warn(`${project.path} could not be measured: ${errorText(error)}`);
    await offerNext(project, errorText(error));
    return null;
  }
}
