/** Turns tuning on save on and off; where nothing makes the features of the next checkpoint, leads to what does. */
import path from "node:path";
import * as vscode from "vscode";
import type { App } from "./app.ts";
import { runsIt } from "./commands/insertExportScript.ts";
import { commandIds } from "./ids.ts";
import type { OpenProject } from "./projects.ts";
import { askPython } from "./python.ts";
import { pick } from "./tell.ts";
import { requireTrust, writesNothing } from "./trust.ts";
import { tryFeatures } from "./tryFeatures.ts";
import { browse } from "./wizard/browse.ts";

const title = "Retune on Save";

export async function setAutoRetune(app: App, project: OpenProject, on: boolean): Promise<void> {
  if (!(await requireTrust(writesNothing))) return;
  await app.projects.edit(project, [{ path: ["autoRetune"], value: on }]);
  const configuration = project.project?.configuration;
  if (!on || !configuration) return;
  const { features, checkpoints } = configuration;
  const isScores = checkpoints.length === 0;
  if (!isScores && features.command === undefined && features.network === undefined)
    await askForFeatures(app, project);
}

/** Features at hand fit only checkpoints whose body stays as it is: who trains more than the head needs new ones each time. */
async function askForFeatures(app: App, project: OpenProject): Promise<void> {
  const ways = [
    {
      label: "Write a script that exports them",
      detail:
        "SelMix fills a Python script in for the newest checkpoint; you put in your network and your data.",
      way: "write",
    },
    {
      icon: "folder-opened",
      label: "Run a script of mine…",
      detail: "It is called with the checkpoint and the folder that the tables go to.",
      way: "browse",
    },
    {
      label: "Use the tables that are there",
      detail: "Right while training changes the last layer alone; a checkpoint with another body is refused.",
      way: "keep",
    },
  ] as const;
  const placeHolder = "Auto-retune is on. What makes the features of the next checkpoint?";
  const picked = await pick(ways, { title, placeHolder });
  if (picked?.way === "write") {
    const newest = app.checkpoints.of(project.path)[0]?.path;
    await vscode.commands.executeCommand(commandIds.insertExportScript, newest, runsIt);
  }
  if (picked?.way === "browse") await runOwnScript(app, project);
}

async function runOwnScript(app: App, project: OpenProject): Promise<void> {
  const file = await browse(project.folder, title, { Python: ["py"] });
  if (file === null) return;
  const python = await askPython(project.folder, title);
  if (python === null) return;
  const command = [python, path.posix.normalize(file), "${checkpoint}", "${featuresDir}"];
  await app.projects.edit(project, [{ path: ["features", "command"], value: command }]);
  await tryFeatures(app, project, null);
}
