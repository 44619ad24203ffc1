/** A checkpoint opened as a file: a page that shows its structure and changes nothing. */
import { statSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import {
  type CheckpointAction,
  type FromCheckpointPage,
  fromCheckpointPage,
  type ToCheckpointPage,
} from "../../protocol/checkpointPage.ts";
import { errorText } from "../../words/errors.ts";
import type { App } from "../app.ts";
import { checkpointEditorIds, commandIds } from "../ids.ts";
import { pageOf, webviewRoots } from "./page.ts";

type Parts = Pick<App, "extensionUri" | "log" | "engine" | "projects" | "checkpoints">;

const commands: Readonly<Record<CheckpointAction, string>> = {
  evaluate: commandIds.evaluate,
  tune: commandIds.tuneCheckpoint,
  controls: commandIds.runControls,
};

/** A checkpoint that is being written changes many times. */
const pauseMs = 500;

export class CheckpointEditor
  implements vscode.CustomReadonlyEditorProvider<vscode.CustomDocument>, vscode.Disposable
{
  readonly #app: Parts;
  readonly #disposables: vscode.Disposable[];

  constructor(app: Parts) {
    this.#app = app;
    this.#disposables = Object.values(checkpointEditorIds).map((id) =>
      vscode.window.registerCustomEditorProvider(id, this, { supportsMultipleEditorsPerDocument: true }),
    );
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const { extensionUri, log } = this.#app;
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: webviewRoots(extensionUri) };
    const send = (message: ToCheckpointPage) => void webview.postMessage(message);
    this.#follow(uri, panel, () => void this.#inspect(uri.fsPath, send));
    webview.onDidReceiveMessage((raw: unknown) => {
      const { data } = fromCheckpointPage.safeParse(raw);
      if (data === undefined) log.warn("A message of a checkpoint's page was not understood.");
      else void this.#answer(uri, data, send);
    });
    webview.html = pageOf(webview, extensionUri, "checkpoint");
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** A trainer writes it again, or another in its place: the page follows, and one that is hidden asks when it is seen. */
  #follow({ fsPath }: vscode.Uri, panel: vscode.WebviewPanel, again: () => void): void {
    let timer: NodeJS.Timeout | undefined;
    const changed = (file: vscode.Uri) => {
      if (file.fsPath !== fsPath || !panel.visible) return;
      clearTimeout(timer);
      timer = setTimeout(again, pauseMs);
    };
    // A name may hold what globs take for more.
    const folder = new vscode.RelativePattern(vscode.Uri.file(path.dirname(fsPath)), "*");
    const watcher = vscode.workspace.createFileSystemWatcher(folder);
    watcher.onDidChange(changed);
    watcher.onDidCreate(changed);
    panel.onDidDispose(() => {
      clearTimeout(timer);
      watcher.dispose();
    });
  }

  async #answer(
    uri: vscode.Uri,
    message: FromCheckpointPage,
    send: (message: ToCheckpointPage) => void,
  ): Promise<void> {
    const file = uri.fsPath;
    switch (message.type) {
      case "ready":
        return this.#inspect(file, send);
      case "tensor":
        return this.#tensor(file, message.tensor, send);
      case "act":
        await vscode.commands.executeCommand(commands[message.action], uri);
        return;
      case "copy":
        await vscode.env.clipboard.writeText(message.text);
        return;
      case "error":
        this.#app.log.error("The page of a checkpoint reports an error.", message.message);
    }
  }

  async #inspect(file: string, send: (message: ToCheckpointPage) => void): Promise<void> {
    const { engine } = this.#app;
    const request = this.#request(file);
    try {
      const inspected = await engine.start({ kind: "inspect", ...request }).result;
      const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      const followed = request.configurationPath !== null;
      send({ type: "inspected", name: path.basename(file), bytes, inspected, followed });
      if (inspected.head === null) return;
    } catch (error) {
      send({ type: "failed", message: errorText(error) });
      return;
    }
    try {
      const head = await engine.start({ kind: "headRows", ...request }).result;
      send({ type: "head", head });
    } catch (error) {
      send({ type: "headFailed", message: errorText(error) });
    }
  }

  async #tensor(file: string, tensor: string, send: (message: ToCheckpointPage) => void): Promise<void> {
    try {
      const told = await this.#app.engine.start({ kind: "tensor", ...this.#request(file), tensor }).result;
      send({ type: "tensor", told });
    } catch (error) {
      send({ type: "tensorFailed", tensor, message: errorText(error) });
    }
  }

  /** What the engine is told of the file: the configuration that follows it, where there is one without errors. */
  #request(file: string) {
    const { projects, checkpoints } = this.#app;
    const followed = checkpoints.find(file);
    const project = followed ? projects.find(followed.configuration) : projects.forFile(file);
    const configurationPath = project?.project ? project.path : null;
    return { checkpoint: file, configurationPath, ...projects.scope(configurationPath ?? file) };
  }
}
