/** What a command is about: what it was called on, else what the user picks. */
import path from "node:path";
import * as vscode from "vscode";
import { shortName } from "../metrics/catalogue.ts";
import { runCheckpoint } from "../words/names.ts";
import { age, bytes } from "../words/numbers.ts";
import { stateNames } from "../words/runs.ts";
import { shortHeadline } from "../words/verdict.ts";
import type { App } from "./app.ts";
import type { OpenProject } from "./projects.ts";
import type { RunEntry } from "./runList.ts";
import { CheckpointNode, RunNode } from "./sidebar/nodes.ts";
import { fail, type Item, pick } from "./tell.ts";

export interface CheckpointTarget {
  readonly path: string;
  /** The configuration it belongs to, where there is one. */
  readonly project: OpenProject | undefined;
}

/** The active configuration, when it can be used; says what is wrong otherwise. */
export function usableProject(app: App): OpenProject | null {
  return usable(app.projects.active);
}

/** The same project, when it can be used; says what is wrong otherwise. */
export function usable(project: OpenProject | undefined): OpenProject | null {
  if (project?.project) return project;
  void fail(project?.error ?? "There is no selmix.json in this workspace; create a configuration first.");
  return null;
}

/** The checkpoint that was clicked (tree or explorer), else one that the user picks from those followed. */
export async function checkpointTarget(
  app: App,
  argument: unknown,
  title: string,
): Promise<CheckpointTarget | null> {
  if (argument instanceof CheckpointNode) {
    return { path: argument.entry.path, project: app.projects.find(argument.entry.configuration) };
  }
  const file = argument instanceof vscode.Uri ? argument.fsPath : argument;
  if (typeof file === "string") {
    const followed = app.checkpoints.find(file);
    return {
      path: file,
      project: followed ? app.projects.find(followed.configuration) : app.projects.forFile(file),
    };
  }
  return pickCheckpoint(app, title);
}

async function pickCheckpoint(app: App, title: string): Promise<CheckpointTarget | null> {
  const project = app.projects.active;
  const entries = project ? app.checkpoints.of(project.path) : [];
  const items = entries.map((entry) => ({
    label: app.projects.nameOf(entry.configuration, entry.path),
    description: `${age(entry.modified, Date.now())}, ${bytes(entry.size)}`,
    file: entry.path,
  }));
  const other = { icon: "folder-opened", label: "Another file…", file: "" };
  const picked = await pick([...items, other], { title, placeHolder: "Checkpoint" });
  if (!picked) return null;
  if (picked.file !== "") return { path: picked.file, project };
  const chosen = await vscode.window.showOpenDialog({ title, canSelectMany: false });
  const file = chosen?.[0]?.fsPath;
  return file === undefined ? null : { path: file, project: app.projects.forFile(file) };
}

/** The run that was clicked, or whose folder was passed, else one that the user picks. */
export async function runTarget(
  app: App,
  argument: unknown,
  title: string,
  accept: (run: RunEntry) => boolean = () => true,
): Promise<RunEntry | null> {
  if (argument instanceof RunNode) return argument.entry;
  if (argument instanceof CheckpointNode) {
    const { configuration } = argument.entry;
    const tuned = app.runs.ofCheckpoint(configuration, argument.entry);
    if (tuned) return tuned;
  }
  if (typeof argument === "string") return app.runs.find(argument) ?? null;
  const picked = await pick(app.runs.all.filter(accept).map(runItem), {
    title,
    placeHolder: "Run",
  });
  return picked?.run ?? null;
}

/** The runs that are selected, else the one that was clicked or is picked: those that have ended and fit. */
export async function runsToChange(
  app: App,
  argument: unknown,
  selected: unknown,
  title: string,
  accept: (run: RunEntry) => boolean = () => true,
): Promise<RunEntry[]> {
  const fits = (entry: RunEntry) => entry.run.state !== "running" && accept(entry);
  const nodes: readonly unknown[] = Array.isArray(selected) ? selected : [];
  const several = nodes.flatMap((node) => (node instanceof RunNode ? [node.entry] : []));
  const one = several.length > 0 ? null : await runTarget(app, argument, title, fits);
  return (one ? [one] : several).filter(fits);
}

/** A run in a list to pick from. */
export function runItem(run: RunEntry): Item & { run: RunEntry } {
  return {
    label: runCheckpoint(run.run),
    description: run.result
      ? shortHeadline(run.result)
      : `${shortName(run.run.objective)}, ${stateNames[run.run.state]}`,
    detail: `${age(Date.parse(run.run.startedAt), Date.now())}, ${path.basename(run.folder)}`,
    run,
  };
}
