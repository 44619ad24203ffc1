/** The output channel: one line when something starts, one when it ends; details at the levels below, on demand. */
import * as vscode from "vscode";

export class Log implements vscode.Disposable {
  readonly #channel = vscode.window.createOutputChannel("SelMix", { log: true });

  info(message: string): void {
    this.#channel.info(message);
  }

  warn(message: string): void {
    this.#channel.warn(message);
  }

  error(message: string, detail?: string): void {
    this.#channel.error(message);
    if (detail) this.#channel.debug(detail);
  }

  /** Shown only when the channel's level is set to Debug (gear icon of the output view). */
  debug(message: string): void {
    this.#channel.debug(message);
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    this.#channel.dispose();
  }
}
