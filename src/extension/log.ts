/** The output channel: one line when something starts, one when it ends; details at the levels below, on demand. */
import * as vscode from "vscode";
import { visible, visibleLines } from "../words/escape/visible.ts";

export class Log implements vscode.Disposable {
  readonly #channel = vscode.window.createOutputChannel("SelMix", { log: true });

  info(message: string): void {
    this.#channel.info(visible(message));
  }

  warn(message: string): void {
    this.#channel.warn(visible(message));
  }

  error(message: string, detail?: string): void {
    this.#channel.error(visible(message));
    if (detail) this.debug(detail);
  }

  /** Shown only when the channel's level is set to Debug (gear icon of the output view). */
  debug(message: string): void {
    this.#channel.debug(visibleLines(message));
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    this.#channel.dispose();
  }
}
