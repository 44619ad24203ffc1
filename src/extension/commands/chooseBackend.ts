/** Shows what can compute here and why, and chooses one; written to the settings. */
import * as vscode from "vscode";
import type { Command } from "../app.ts";
import { commandIds, settingIds } from "../ids.ts";
import { errorText } from "../words.ts";

export const chooseBackend: Command = {
  id: commandIds.chooseBackend,
  async run(app) {
    const { settings, engine, log, projects } = app;
    const progress = { location: vscode.ProgressLocation.Window, title: "Trying backends" };
    try {
      const { backends } = await vscode.window.withProgress(
        progress,
        () => engine.start({ kind: "backends", ...projects.scope(projects.active?.path ?? "") }).result,
      );
      const auto = {
        label: "auto",
        description: settings.backend === "auto" ? "chosen now" : "",
        detail: "The fastest that works here, chosen for each job.",
        name: "auto",
      };
      const items = backends.map(({ name, available, device, why }) => ({
        label: available ? name : `$(circle-slash) ${name}`,
        description: [device ?? "not available", name === settings.backend ? "chosen now" : ""]
          .filter((part) => part !== "")
          .join(", "),
        detail: why,
        name: available ? name : null,
      }));
      const picked = await vscode.window.showQuickPick([auto, ...items], {
        title: "Choose Backend",
        placeHolder: "Where tuning computes",
      });
      if (!picked) return;
      if (picked.name) await settings.write(settingIds.backend, picked.name);
      else void vscode.window.showInformationMessage(picked.detail);
    } catch (error) {
      log.error(`Looking for backends failed: ${errorText(error)}`);
      void vscode.window.showErrorMessage(errorText(error));
    }
  },
};
