/** The host's half of the frontier panel: one panel, which shows a sweep as it is made and as it is kept. */
import path from "node:path";
import * as vscode from "vscode";
import * as z from "zod";
import { Stamped } from "../../files/stamped.ts";
import { listSweepFolders, readSweep, sweepFile } from "../../project/sweepFolder.ts";
import {
  type FromFrontier,
  type FrontierState,
  fromFrontier,
  type ToFrontier,
} from "../../protocol/sweep.ts";
import { moment } from "../../words/numbers.ts";
import { progressMessage } from "../../words/runs.ts";
import { sweptName } from "../../words/sweep.ts";
import { commandIds, frontierPanelId } from "../ids.ts";
import type { Log } from "../log.ts";
import type { OpenProject, Projects } from "../projects.ts";
import { saveFile } from "../saveFile.ts";
import type { Sweeper } from "../sweeper.ts";
import { SinglePanel } from "./singlePanel.ts";
import type { Looking, SweptPoint } from "./sweptPoint.ts";

interface Options {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly projects: Projects;
  readonly sweeper: Sweeper;
  /** Has the recall panel show a point; null: its run again. */
  readonly look: (point: SweptPoint | null, why: Looking) => void;
}

const keptState = z.object({ folder: z.string() });

export class FrontierPanel implements vscode.Disposable {
  readonly #options: Options;
  readonly #panel: SinglePanel<FromFrontier, ToFrontier>;
  readonly #follow: readonly vscode.Disposable[];
  /** Read anew where they changed: of many classes they are long, and progress comes often. */
  readonly #sweeps = new Stamped(readSweep, sweepFile);
  /** The sweep that is shown; null for the newest. */
  #folder: string | null = null;
  /** The point that a recall panel follows; null while nobody moved along the curve. */
  #looked: SweptPoint | null = null;

  constructor(options: Options) {
    this.#options = options;
    const { extensionUri, log } = options;
    this.#panel = new SinglePanel({
      ...{ extensionUri, log, id: frontierPanelId, bundle: "frontier", title: "Frontier" },
      ...{ name: "the frontier panel", messages: fromFrontier },
      handle: (message) => this.#handle(message),
      restore: (kept) => {
        this.#folder = keptState.safeParse(kept).data?.folder ?? null;
      },
      closed: () => this.#lookAt(null),
    });
    this.#follow = [
      options.sweeper.onDidChange(() => this.#send()),
      options.projects.onDidChange(() => this.#send()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#send()),
    ];
  }

  /** Shows the newest sweep, or the one that is about to begin. */
  show(): void {
    this.#folder = null;
    if (this.#panel.show()) this.#send();
  }

  dispose(): void {
    for (const disposable of this.#follow) disposable.dispose();
    this.#panel.dispose();
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
      case "look":
      case "showRecall":
        this.#lookAt(this.#pointAt(message), message.type === "look" ? "moved" : "asked");
        break;
      case "setBound":
        await vscode.commands.executeCommand(commandIds.setBound, message.folder, message.point);
        break;
      case "export": {
        const proposed = path.join(this.#folder ?? "", path.basename(message.fileName));
        await saveFile(proposed, () => message.content, this.#options.log);
        break;
      }
      case "error":
        this.#options.log.error("The frontier panel reports an error.", message.message);
        break;
    }
  }

  /** A hidden page asks when it is seen. */
  #send(): void {
    if (!this.#panel.isSeen) return;
    const state = this.#state();
    this.#panel.post({ type: "state", state });
    this.#keepUp(state);
  }

  /** What is looked at changes while its sweep is at work, and is over with another sweep. */
  #keepUp({ folder, sweep }: FrontierState): void {
    const looked = this.#looked;
    if (looked === null || looked.sweep === sweep) return;
    const isSame = looked.sweepFolder === folder && sweep !== null;
    this.#lookAt(isSame ? { ...looked, sweep } : null, "changed");
  }

  /** A point of one of the sweeps that are listed; null where it is none. */
  #pointAt({ folder, point: at }: { folder: string; point: number }): SweptPoint | null {
    const { active } = this.#options.projects;
    if (!active || !this.#folders(active).includes(folder)) return null;
    const sweep = this.#sweeps.of(folder);
    const reach = this.#options.projects.reach(active.path);
    return sweep?.points[at] ? { sweepFolder: folder, sweep, at, reach } : null;
  }

  #lookAt(point: SweptPoint | null, why: Looking = "moved"): void {
    if (point === null && this.#looked === null) return;
    this.#looked = point;
    this.#options.look(point, why);
  }

  #folders({ path: file }: OpenProject): string[] {
    return listSweepFolders(path.dirname(file), this.#options.projects.reach(file));
  }

  #state(): FrontierState {
    const { projects, sweeper } = this.#options;
    const { active: project } = projects;
    const folders = project ? this.#folders(project) : [];
    const sweeps = folders.flatMap((folder) => {
      const sweep = this.#sweeps.of(folder);
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
