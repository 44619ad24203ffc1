/** The settings, typed. Read at every use, so that a change is effective without a reload. */
import * as vscode from "vscode";
import { settingIds } from "./ids.ts";

const section = "selmix";

export class Settings {
  /** Name of the backend to insist on; "auto" leaves the choice to the engine. */
  get backend(): string {
    return this.#read(settingIds.backend, "auto");
  }

  /** The backend to insist on, as a request says it: nothing where the engine chooses. */
  get asked(): { readonly backend?: string } {
    return this.backend === "auto" ? {} : { backend: this.backend };
  }

  /** Where a native backend package lies that was installed by hand; null when none is named. */
  get packagePath(): string | null {
    return this.#read(settingIds.packagePath, "") || null;
  }

  /** Threads that compute on the processor; null for one a core. */
  get threads(): number | null {
    return Math.max(0, Math.floor(this.#read(settingIds.threads, 0))) || null;
  }

  get usePolling(): boolean {
    return this.#read(settingIds.usePolling, false);
  }

  get notifyWhenTuned(): boolean {
    return this.#read(settingIds.notifyWhenTuned, true);
  }

  get allowPathsOutsideWorkspace(): boolean {
    return this.#read(settingIds.allowPathsOutsideWorkspace, false);
  }

  /** Runs of a configuration that are kept. */
  get keepRuns(): number {
    return Math.max(1, Math.floor(this.#read(settingIds.keepRuns, 50)));
  }

  /** Writes a setting where it is set already, else for the user. */
  async write(name: (typeof settingIds)[keyof typeof settingIds], value: unknown): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(section);
    const inWorkspace = configuration.inspect(name)?.workspaceValue !== undefined;
    await configuration.update(
      name,
      value,
      inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
    );
  }

  onDidChange(listener: () => void): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(section)) listener();
    });
  }

  #read<T extends string | boolean | number>(name: string, standard: T): T {
    return vscode.workspace.getConfiguration(section).get<T>(name, standard);
  }
}
