/** What a command is about: what it was called on, else what the user picks. */
import * as vscode from "vscode";
import { isWithin, reachOf } from "../files/place.ts";
import { shortName } from "../metrics/catalogue.ts";
import { taskOfRun } from "../project/gridFolder.ts";
import { readSummary } from "../project/readRuns.ts";
import { runCheckpoint } from "../words/names.ts";
import { age, bytes } from "../words/numbers.ts";
import { whatDiffers } from "../words/runRows.ts";
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
  if (typeof argument === "string") return app.runs.find(argument) ?? tuneOfGrid(app, argument);
  const picked = await pick(runItems(app.runs.all.filter(accept)), {
    title,
    placeHolder: "Run",
  });
  return picked?.run ?? null;
}

/** A tune of a grid of a configuration that is open, by the folder of its run: no list of runs has it. */
function tuneOfGrid({ projects }: App, folder: string): RunEntry | null {
  const summary = taskOfRun(folder) === null ? null : readSummary(folder);
  const project = summary && projects.find(summary.run.configurationPath);
  const isIts = project && isWithin(reachOf(project.folder), folder);
  if (!isIts) return null;
  return { folder, configuration: project.path, ...summary, pinned: false, name: "", note: "" };
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

/** Runs in a list to pick from, each with what sets it apart from the others. */
export function runItems(runs: readonly RunEntry[]): (Item & { run: RunEntry })[] {
  const differs = whatDiffers(runs);
  return runs.map((run, at) => {
    const { state, objective } = run.run;
    const called = run.name === "" ? runCheckpoint(run.run) : `${run.name} (${runCheckpoint(run.run)})`;
    const came = run.result ? shortHeadline(run.result) : `${shortName(objective)}, ${stateNames[state]}`;
    const detail = [differs[at] ?? "", run.note].filter((text) => text !== "").join(" · ");
    return { label: called, description: came, detail, ...(run.pinned && { icon: "pinned" }), run };
  });
}
