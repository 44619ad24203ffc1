/** Writes a Python script beside the configuration that makes the feature tables of a checkpoint, filled in with what it shows. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { placeWithin } from "../../files/place.ts";
import { createFile } from "../../files/replace.ts";
import type { ExportKind, PossibleHead } from "../../project/exportScripts/index.ts";
import type { App, Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import type { OpenProject } from "../projects.ts";
import { askPython } from "../python.ts";
import { checkpointTarget } from "../targets.ts";
import { inform, pick } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";
import { missingScript, tryFeatures } from "../tryFeatures.ts";

const title = "Insert Feature Export Script";

/** Said by who knows already that the script is to make the features: it is not asked again. */
export const runsIt = "run before tunes";

export const insertExportScript: Command = {
  id: commandIds.insertExportScript,
  async run(app, argument, use) {
    if (!(await requireTrust(writesNothing))) return;
    const target = await checkpointTarget(app, argument, title);
    if (!target) return;
    const project = target.project?.project ? target.project : null;
    const missing = project && missingScript(project);
    const folder = project ? path.dirname(project.path) : folderOf(target.path);
    const { tensors, head } = await app.engine.start({
      kind: "inspect",
      checkpoint: target.path,
      configurationPath: project?.path ?? null,
      ...app.projects.scope(project?.path ?? target.path),
    }).result;
    const { exportFacts, exportScript, exportScriptName, possibleHeads } = await import(
      "../../project/exportScripts/index.ts"
    );
    const chosen = head && !head.guessed ? head : await askHead(possibleHeads(tensors));
    const kind = chosen && (await askKind(target.path));
    if (!chosen || !kind) return;
    const names = tensors.map(({ name }) => name);
    const script = exportScript(kind, exportFacts(path.relative(folder, target.path), names, chosen));
    const file = missing === null ? freeName(folder, exportScriptName) : path.resolve(folder, missing);
    createFile(placeWithin(app.projects.reach(project?.path ?? file), file), script);
    app.log.info(`Wrote ${file}.`);
    await showToEdit(file, script);
    if (project && missing === null && use !== runsIt) await offerToRun(app, project, file, kind);
    else if (project) {
      if (missing === null) await runBeforeTunes(app, project, file, kind);
      await offerTrial(app, project, file, target.path);
    }
  },
};

/** Opens the script where the user's own network and data go. */
async function showToEdit(file: string, script: string): Promise<void> {
  const line = script.split("\n").findIndex((one) => one.startsWith("# Edit "));
  const place = new vscode.Position(Math.max(0, line), 0);
  const editor = await vscode.window.showTextDocument(vscode.Uri.file(file), {
    preview: false,
    selection: new vscode.Range(place, place),
  });
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.AtTop);
}

function folderOf(file: string): string {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath ?? path.dirname(file);
}

/** Without features nothing says for certain which matrix is the head; the user does. */
async function askHead(heads: readonly PossibleHead[]): Promise<PossibleHead | null> {
  const [only, ...others] = heads;
  if (only && others.length === 0) return only;
  const items = heads.map((head) => ({
    label: head.weight,
    description: `${head.classes} classes from ${head.size} features`,
    head,
  }));
  const picked = await pick(items, { title, placeHolder: "The last layer" });
  return picked?.head ?? null;
}

async function askKind(checkpoint: string): Promise<ExportKind | null> {
  const { exportKinds, likelyKind } = await import("../../project/exportScripts/index.ts");
  const likely = likelyKind(checkpoint, await readdir(path.dirname(checkpoint)));
  const items = exportKinds.map(({ kind, name, tables }) => ({
    label: name,
    description: kind === likely ? `writes ${tables} tables, suggested` : `writes ${tables} tables`,
    script: kind,
  }));
  items.sort((a, b) => Number(b.script === likely) - Number(a.script === likely));
  const picked = await pick(items, {
    title,
    placeHolder: "What the model is made with",
  });
  return picked?.script ?? null;
}

/** A file of that name, or the first like it that is not taken: scripts of the user are never overwritten. */
function freeName(folder: string, wanted: string): string {
  const { name, ext } = path.parse(wanted);
  for (let copy = 1; ; copy++) {
    const file = path.join(folder, copy === 1 ? wanted : `${name}_${copy}${ext}`);
    if (!existsSync(file)) return file;
  }
}

const edit = "Edit the marked functions to use your own network and data; then";

async function offerToRun(app: App, project: OpenProject, file: string, kind: ExportKind): Promise<void> {
  const run = "Run It Before Each Tune";
  const answer = await inform(`${edit} SelMix can run the script by itself.`, run);
  if (answer === run && (await runBeforeTunes(app, project, file, kind)))
    await offerTrial(app, project, file);
}

/** Writes the command, with the interpreter that the workspace means. Whether the user said which. */
async function runBeforeTunes(app: App, project: OpenProject, file: string, kind: ExportKind) {
  const { features } = app.projects.find(project.path)?.project?.configuration ?? {};
  if (!features) return false;
  const python = await askPython(project.folder, title);
  if (python === null) return false;
  const { editsToRun } = await import("../../project/exportScripts/run.ts");
  await app.projects.edit(project, editsToRun(features, path.basename(file), kind, python));
  return true;
}

/** The script is run once when the user has put in what is their own. */
async function offerTrial(
  app: App,
  project: OpenProject,
  file: string,
  checkpoint: string | null = null,
): Promise<void> {
  const run = "Try It";
  const answer = await inform(`${edit} try ${path.basename(file)}, before a tune needs it.`, run);
  if (answer === run) await tryFeatures(app, project, checkpoint);
}
