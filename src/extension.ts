/** Puts the parts together; nothing else happens here. */
import * as vscode from "vscode";
import type { StartedApp } from "./extension/host.ts";
import { commandIds } from "./extension/ids.ts";
import { Log } from "./extension/log.ts";

let started: Promise<StartedApp> | undefined;

/** Registers the commands and returns; everything behind them is loaded right after, and commands wait for it. */
export function activate(context: vscode.ExtensionContext): void {
  const log = new Log();
  context.subscriptions.push(log);
  const app = new Promise((resolve) => setImmediate(resolve)).then(async () => {
    const { startApp } = await import("./extension/host.ts");
    return startApp(context, log);
  });
  started = app;
  app.catch((error: unknown) => log.error("SelMix did not start.", String(error)));
  for (const id of Object.values(commandIds)) {
    const run = async (...args: unknown[]) => {
      const { runCommand } = await import("./extension/host.ts");
      await runCommand(id, await app, args);
    };
    context.subscriptions.push(vscode.commands.registerCommand(id, run));
  }
}

/** Waits until the engine and everything it started is gone. */
export async function deactivate(): Promise<void> {
  const app = await started?.catch(() => undefined);
  await app?.close();
}
