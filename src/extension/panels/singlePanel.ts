/** The host's half of a page of which there is one: made when it is asked for, taken over after a reload. */
import * as vscode from "vscode";
import type * as z from "zod";
import type { Log } from "../log.ts";
import { type BundleName, pageOf, webviewRoots } from "./page.ts";

interface Options<From> {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  /** What VS Code knows it by. */
  readonly id: string;
  readonly bundle: BundleName;
  readonly title: string;
  /** In a sentence: "the table of runs". */
  readonly name: string;
  readonly messages: z.ZodType<From>;
  handle(message: From): void | Promise<void>;
  /** Takes what the page kept before a reload. */
  restore?(kept: unknown): void;
  /** Called when it was closed. */
  closed?(): void;
}

export class SinglePanel<From, To extends object> implements vscode.Disposable {
  readonly #options: Options<From>;
  readonly #serializer: vscode.Disposable;
  #panel: vscode.WebviewPanel | null = null;

  constructor(options: Options<From>) {
    this.#options = options;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(options.id, {
      deserializeWebviewPanel: async (panel, kept) => {
        options.restore?.(kept);
        this.#adopt(panel);
      },
    });
  }

  /** Whether it is seen: a hidden page asks when it is seen again. */
  get isSeen(): boolean {
    return this.#panel?.visible === true;
  }

  /** Brings it to the front; whether it was there. One that is made asks for what it shows. */
  show(): boolean {
    if (this.#panel) {
      this.#panel.reveal();
      return true;
    }
    const { id, title } = this.#options;
    const panel = vscode.window.createWebviewPanel(
      id,
      title,
      vscode.ViewColumn.Active,
      this.#webviewOptions(),
    );
    this.#adopt(panel);
    return false;
  }

  post(message: To): void {
    void this.#panel?.webview.postMessage(message);
  }

  dispose(): void {
    this.#serializer.dispose();
    this.#panel?.dispose();
  }

  #webviewOptions(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: webviewRoots(this.#options.extensionUri) };
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const { extensionUri, log, bundle, name, messages, handle } = this.#options;
    this.#panel?.dispose();
    this.#panel = panel;
    panel.iconPath = vscode.Uri.joinPath(extensionUri, "media", "icon.png");
    panel.webview.options = this.#webviewOptions();
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      this.#panel = null;
      this.#options.closed?.();
    });
    panel.webview.onDidReceiveMessage((raw: unknown) => {
      const { data } = messages.safeParse(raw);
      if (data === undefined) log.warn(`A message of ${name} was not understood.`);
      else void handle(data);
    });
    panel.webview.html = pageOf(panel.webview, extensionUri, bundle);
  }
}
