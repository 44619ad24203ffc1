/** What stands in the trees, and what their menus pass to commands. */
import * as vscode from "vscode";
import { visible } from "../../words/escape/visible.ts";
import { shortened } from "../../words/names.ts";
import type { Tone } from "../../words/verdict.ts";
import type { CheckpointEntry } from "../checkpointList.ts";
import type { OpenProject } from "../projects.ts";
import type { RunEntry } from "../runList.ts";

/** A configuration, shown only where there are several. */
export class ProjectNode {
  readonly project: OpenProject;

  constructor(project: OpenProject) {
    this.project = project;
  }
}

/** What keeps a configuration from being used, in the place of its checkpoints. */
export class ProblemNode {
  readonly project: OpenProject;

  constructor(project: OpenProject) {
    this.project = project;
  }
}

export class CheckpointNode {
  readonly entry: CheckpointEntry;

  constructor(entry: CheckpointEntry) {
    this.entry = entry;
  }
}

export class RunNode {
  readonly entry: RunEntry;

  constructor(entry: RunEntry) {
    this.entry = entry;
  }
}

/** The icon of a result: a green tick only for a head that is to be used and keeps every bound. */
export function toneIcon(tone: Tone): vscode.ThemeIcon {
  switch (tone) {
    case "good":
      return new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed"));
    case "open":
      return new vscode.ThemeIcon("question");
    case "bad":
      return new vscode.ThemeIcon("warning", new vscode.ThemeColor("editorWarning.foreground"));
  }
}

/** Letters of a checkpoint's name in a tree: behind it stands what it came to, which the tree cuts first. */
const mostLetters = 24;

/** The name as a row of a tree has room for it; the whole one is in its tooltip. */
export function rowName(name: string): string {
  return shortened(visible(name), mostLetters);
}
