/** The parts that commands and views work with. */
import type * as vscode from "vscode";
import type { RetuneQueue } from "../watching/retune.ts";
import type { Baselines } from "./baselines.ts";
import type { CheckpointList } from "./checkpointList.ts";
import type { EngineProcess } from "./engineProcess.ts";
import type { Grids } from "./grids.ts";
import type { Installs } from "./installs.ts";
import type { Log } from "./log.ts";
import type { Panels } from "./panels/panels.ts";
import type { Projects } from "./projects.ts";
import type { RunList } from "./runList.ts";
import type { Settings } from "./settings.ts";
import type { Sweeper } from "./sweeper.ts";
import type { Tuner } from "./tuner.ts";

export interface App {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly settings: Settings;
  readonly projects: Projects;
  readonly engine: EngineProcess;
  readonly installs: Installs;
  readonly checkpoints: CheckpointList;
  readonly baselines: Baselines;
  readonly runs: RunList;
  readonly tuner: Tuner;
  readonly sweeper: Sweeper;
  readonly grids: Grids;
  readonly retune: RetuneQueue;
  readonly panels: Panels;
}

/** What the palette, a menu, a tree or a link can start. `args` are whatever the caller passed. */
export interface Command {
  readonly id: string;
  run(app: App, ...args: readonly unknown[]): Promise<void> | void;
}
