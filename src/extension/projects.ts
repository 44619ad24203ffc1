/** Every selmix.json of the workspace, as it stands on disk, and which of them is the active one. */
import path from "node:path";
import * as vscode from "vscode";
import { isInside, type Reach } from "../files/place.ts";
import { type ConfigurationEdit, editConfiguration, editText } from "../project/edit.ts";
import { loadProject, type Project } from "../project/load.ts";
import { checkpointName, reachOfProject } from "../project/paths.ts";
import { ConfigurationError, type Problem } from "../project/problems.ts";
import { errorText } from "../words/errors.ts";
import type { Settings } from "./settings.ts";
import { requireTrust, writesNothing } from "./trust.ts";

/** A selmix.json. `project` is null while it cannot be used; `error` says why. */
export interface OpenProject {
  readonly path: string;
  /** The folder it lies in. */
  readonly folder: string;
  /** For people: its folder, as short as it is clear. */
  readonly name: string;
  readonly project: Project | null;
  readonly error: string | null;
  /** What is wrong in the file, and where; empty when it cannot even be read. */
  readonly problems: readonly Problem[];
}

/** What every job is told about where it may reach. */
export interface Scope {
  readonly workspace: string;
  readonly allowOutside: boolean;
  readonly trusted: boolean;
  readonly workspacePackages: boolean;
  readonly packagePath?: string;
  readonly threads?: number;
}

const fileName = "selmix.json";
const skipped = "**/{node_modules,.git,.selmix,.venv,dist}/**";
const activeKey = "activeConfiguration";

export class Projects implements vscode.Disposable {
  readonly #settings: Settings;
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[] = [];
  #projects: readonly OpenProject[] = [];
  #generation = 0;
  #latest: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #choseObjective = false;

  /** Fires after any change of the list, of a configuration, or of which is active. */
  readonly onDidChange = this.#changed.event;

  constructor(settings: Settings, memory: vscode.Memento) {
    this.#settings = settings;
    this.#memory = memory;
    const watcher = vscode.workspace.createFileSystemWatcher(`**/${fileName}`);
    const soon = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.refresh(), 100);
    };
    this.#disposables.push(
      watcher,
      watcher.onDidCreate(soon),
      watcher.onDidChange(soon),
      watcher.onDidDelete(soon),
      vscode.workspace.onDidChangeWorkspaceFolders(soon),
      settings.onDidChange(soon),
    );
  }

  get all(): readonly OpenProject[] {
    return this.#projects;
  }

  /** The one that commands without an argument mean: the one chosen last, else the first. */
  get active(): OpenProject | undefined {
    const chosen = this.#memory.get<string>(activeKey);
    return this.#projects.find((project) => project.path === chosen) ?? this.#projects[0];
  }

  /** Whether the user chose an objective in this window. */
  get choseObjective(): boolean {
    return this.#choseObjective;
  }

  async select(configurationPath: string): Promise<void> {
    await this.#memory.update(activeKey, configurationPath);
    this.#changed.fire();
  }

  find(configurationPath: string): OpenProject | undefined {
    return this.#projects.find((project) => project.path === configurationPath);
  }

  /** What a checkpoint of a configuration is called, unlike every other one of it: "epoch_12". */
  nameOf(configurationPath: string, checkpoint: string): string {
    return checkpointName(checkpoint, this.find(configurationPath)?.project ?? null);
  }

  /** The nearest configuration in a folder above the file, else the active one. */
  forFile(file: string): OpenProject | undefined {
    const above = this.#projects
      .filter(({ folder }) => isInside(folder, file))
      .sort((a, b) => b.folder.length - a.folder.length);
    return above[0] ?? this.active;
  }

  /** Looks for configurations and reads them again; done when no newer look is under way. */
  refresh(): Promise<void> {
    this.#generation += 1;
    this.#latest = this.#look(this.#generation);
    return this.#latest;
  }

  /** Changes a configuration, comments kept; in its editor when it has unsaved changes there. */
  async edit(project: OpenProject, edits: readonly ConfigurationEdit[]): Promise<void> {
    if (!(await requireTrust(writesNothing))) return;
    const document = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === project.path);
    if (document?.isDirty) {
      const change = new vscode.WorkspaceEdit();
      const everything = new vscode.Range(0, 0, document.lineCount, 0);
      change.replace(document.uri, everything, editText(document.getText(), edits));
      await vscode.workspace.applyEdit(change);
      await document.save();
    } else {
      await editConfiguration(project.path, edits, this.reach(project.path));
    }
    this.#choseObjective ||= edits.some(({ path: [key] }) => key === "objective");
    await this.refresh();
  }

  /** How far reads and writes of our own may reach. */
  reach(configurationPath: string): Reach {
    return reachOfProject(this.scope(configurationPath));
  }

  /** How far the jobs of a configuration may reach. */
  scope(configurationPath: string): Scope {
    const { packagePath, threads } = this.#settings;
    return {
      workspace: workspaceOf(configurationPath),
      allowOutside: this.#settings.allowPathsOutsideWorkspace,
      trusted: vscode.workspace.isTrusted,
      // Trusting a workspace is saying so, here.
      workspacePackages: vscode.workspace.isTrusted,
      ...(packagePath !== null && { packagePath }),
      ...(threads !== null && { threads }),
    };
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
    this.#changed.dispose();
  }

  async #look(generation: number): Promise<void> {
    const found = await vscode.workspace.findFiles(`**/${fileName}`, skipped);
    if (generation !== this.#generation) return this.#latest;
    const files = found.filter(({ scheme }) => scheme === "file").map(({ fsPath }) => fsPath);
    this.#projects = files.sort().map((file) => this.#open(file));
    this.#changed.fire();
  }

  #open(file: string): OpenProject {
    const folder = path.dirname(file);
    const relative = vscode.workspace.asRelativePath(folder);
    const name = relative === folder ? path.basename(folder) : relative;
    const { workspace, allowOutside } = this.scope(file);
    try {
      return {
        path: file,
        folder,
        name,
        project: loadProject(file, { workspace, allowOutside }),
        error: null,
        problems: [],
      };
    } catch (error) {
      const problems = error instanceof ConfigurationError ? error.problems : [];
      return { path: file, folder, name, project: null, error: errorText(error), problems };
    }
  }
}

function workspaceOf(file: string): string {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath ?? path.dirname(file);
}
