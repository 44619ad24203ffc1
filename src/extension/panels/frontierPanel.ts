/** The host's half of the frontier panel: one panel, which shows a sweep as it is made and as it is kept. */
import path from "node:path";
import * as vscode from "vscode";
import * as z from "zod";
import { realPlace } from "../../files/place.ts";
import { replaceFile } from "../../files/replace.ts";
import { reachOfProject } from "../../project/paths.ts";
import { listSweepFolders, readSweep, sweepStamp } from "../../project/sweepFolder.ts";
import {
  type FromFrontier,
  type FrontierState,
  fromFrontier,
  type SweepRecord,
  type ToFrontier,
} from "../../protocol/sweep.ts";
import { errorText } from "../../words/errors.ts";
import { moment } from "../../words/numbers.ts";
import { progressMessage } from "../../words/runs.ts";
import { sweptName } from "../../words/sweep.ts";
import { commandIds, frontierPanelId } from "../ids.ts";
import type { Log } from "../log.ts";
import type { Projects } from "../projects.ts";
import type { Sweeper } from "../sweeper.ts";
import { fail } from "../tell.ts";
import { pageOf, webviewRoots } from "./page.ts";

interface Options {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly projects: Projects;
  readonly sweeper: Sweeper;
}

const keptState = z.object({ folder: z.string() });

export class FrontierPanel implements vscode.Disposable {
  readonly #options: Options;
  readonly #disposables: vscode.Disposable[];
  readonly #known = new Map<string, { readonly stamp: string; readonly sweep: SweepRecord | null }>();
  #panel: vscode.WebviewPanel | null = null;
  /** The sweep that is shown; null for the newest. */
  #folder: string | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#disposables = [
      options.sweeper.onDidChange(() => this.#send()),
      options.projects.onDidChange(() => this.#send()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#send()),
      vscode.window.registerWebviewPanelSerializer(frontierPanelId, {
        deserializeWebviewPanel: async (panel, kept) => {
          this.#folder = keptState.safeParse(kept).data?.folder ?? null;
          this.#adopt(panel);
        },
      }),
    ];
  }

  /** Shows the newest sweep, or the one that is about to begin. */
  show(): void {
    this.#folder = null;
    if (this.#panel) {
      this.#panel.reveal();
      this.#send();
      return;
    }
    const options = { enableScripts: true, localResourceRoots: webviewRoots(this.#options.extensionUri) };
    this.#adopt(
      vscode.window.createWebviewPanel(frontierPanelId, "Frontier", vscode.ViewColumn.Active, options),
    );
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#panel?.dispose();
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const { extensionUri, log } = this.#options;
    this.#panel?.dispose();
    this.#panel = panel;
    panel.iconPath = vscode.Uri.joinPath(extensionUri, "media", "icon.png");
    panel.webview.options = { enableScripts: true, localResourceRoots: webviewRoots(extensionUri) };
    panel.onDidDispose(() => {
      if (this.#panel === panel) this.#panel = null;
    });
    panel.webview.onDidReceiveMessage((raw: unknown) => {
      const { data } = fromFrontier.safeParse(raw);
      if (data === undefined) log.warn("A message of the frontier panel was not understood.");
      else void this.#handle(data);
    });
    panel.webview.html = pageOf(panel.webview, extensionUri, "frontier");
  }

  async #handle(message: FromFrontier): Promise<void> {
    switch (message.type) {
      case "ready":
        this.#send();
        break;
      case "choose":
        this.#folder = message.folder;
        this.#send();
        break;
      case "sweep":
        await vscode.commands.executeCommand(commandIds.sweepBound);
        break;
      case "stop":
        this.#options.sweeper.stop();
        break;
      case "use":
        await vscode.commands.executeCommand(commandIds.usePoint, message.folder, message.point);
        break;
      case "setBound":
        await vscode.commands.executeCommand(commandIds.setBound, message.folder, message.point);
        break;
      case "export":
        await this.#export(message.fileName, message.content);
        break;
      case "error":
        this.#options.log.error("The frontier panel reports an error.", message.message);
        break;
    }
  }

  async #export(fileName: string, content: string | Uint8Array): Promise<void> {
    const extension = path.extname(fileName).slice(1);
    const target = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.file(path.join(this.#folder ?? "", path.basename(fileName))),
      filters: extension ? { [extension.toUpperCase()]: [extension] } : {},
    });
    if (!target) return;
    try {
      replaceFile(realPlace(target.fsPath) ?? target.fsPath, content, { flush: false });
      this.#options.log.info(`Saved ${target.fsPath}.`);
    } catch (error) {
      void fail(`${target.fsPath} cannot be written: ${errorText(error)}`);
    }
  }

  /** A hidden page asks when it is seen. */
  #send(): void {
    if (!this.#panel?.visible) return;
    const message: ToFrontier = { type: "state", state: this.#state() };
    void this.#panel.webview.postMessage(message);
  }

  /** What a sweep says, read anew where it changed: of many classes it is long, and progress comes often. */
  #read(folder: string): SweepRecord | null {
    const stamp = sweepStamp(folder);
    const known = this.#known.get(folder);
    if (known?.stamp === stamp) return known.sweep;
    const sweep = readSweep(folder);
    this.#known.set(folder, { stamp, sweep });
    return sweep;
  }

  #state(): FrontierState {
    const { projects, sweeper } = this.#options;
    const { active: project } = projects;
    const folders = project ? listSweepFolders(path.dirname(project.path), reachOf(project, projects)) : [];
    const sweeps = folders.flatMap((folder) => {
      const sweep = this.#read(folder);
      return sweep ? [{ folder, sweep }] : [];
    });
    const { active, error } = sweeper;
    const wanted = this.#folder ?? active?.folder ?? null;
    const shown =
      active !== null && active.folder === null && this.#folder === null
        ? undefined
        : (sweeps.find(({ folder }) => folder === wanted) ?? sweeps[0]);
    const isShown = active !== null && (shown?.folder ?? null) === active.folder;
    return {
      sweeps: sweeps.map(({ folder, sweep }) => ({
        folder,
        name: `${sweptName(sweep.swept)}, ${sweep.checkpointName}, ${moment(sweep.startedAt)}`,
      })),
      folder: shown?.folder ?? null,
      sweep: shown?.sweep ?? null,
      progress: isShown
        ? {
            message: active.progress ? progressMessage(active.progress) : "starting",
            ...{ step: active.progress?.step ?? 0, steps: active.progress?.steps ?? 0 },
            stopping: active.stopping,
          }
        : null,
      error,
      trusted: vscode.workspace.isTrusted,
    };
  }
}

function reachOf({ path: file }: { readonly path: string }, projects: Projects) {
  const { workspace = path.dirname(file), allowOutside = false } = projects.scope(file);
  return reachOfProject({ workspace, allowOutside });
}
