/** The host's half of a panel: answers what the page asks, and tells it what changes. It relies on no page being alive. */
import { statSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { readRun } from "../../project/readRuns.ts";
import { runFiles } from "../../project/runFolder.ts";
import { packSnapshot } from "../../protocol/packedSnapshot.ts";
import { type FromPanel, fromPanel, type PackedToPanel, type RunSnapshot } from "../../protocol/panels.ts";
import type { RunRecord, RunState } from "../../protocol/records.ts";
import { firstGainCycle } from "../../words/cycles.ts";
import type { PanelKind } from "../ids.ts";
import type { Log } from "../log.ts";
import type { RunList } from "../runList.ts";
import { saveFile } from "../saveFile.ts";
import type { NewCycles, Tuner } from "../tuner.ts";
import { panelCommands } from "./panelCommands.ts";
import { RunGains } from "./runGains.ts";
import { snapshotFor } from "./snapshotFor.ts";
import { pointMessage, type SweptPoint } from "./sweptPoint.ts";
import { missingText, pointTabTitle, titleOf } from "./titles.ts";

export interface RunPanelOptions {
  readonly kind: PanelKind;
  readonly panel: vscode.WebviewPanel;
  /** Empty when VS Code brings a panel back without its state: it then shows the newest run there is. */
  readonly runFolders: readonly string[];
  /** Whether it goes to newer runs by itself; when left out, it does if it is opened for the newest one. */
  readonly following: boolean | undefined;
  readonly log: Log;
  readonly runs: RunList;
  readonly tuner: Tuner;
}

/** A run that another process works on tells nobody: its history is looked at this often. */
const followEveryMs = 1000;

export class RunPanel implements vscode.Disposable {
  readonly #options: RunPanelOptions;
  readonly #subscription: vscode.Disposable;
  readonly #follow: NodeJS.Timeout;
  /** State of each run as last told to the page, and what it said of its copies. */
  readonly #told = new Map<string, { readonly state: RunState; readonly standing: string }>();
  #runFolders: readonly string[];
  #following: boolean;
  /** The point of a sweep that is shown in place of the run. */
  #point: SweptPoint | null = null;
  /** What it shows was sent before the page asked. */
  #sentAhead = false;
  #closed = false;
  #historyTime = 0;
  readonly #gains = new RunGains();
  /** The run whose gain the page was sent unasked. */
  #gainSent: string | null = null;

  constructor(options: RunPanelOptions) {
    this.#options = options;
    this.#runFolders = options.runFolders;
    this.#following = options.runFolders.length === 0 || (options.following ?? this.#newer() === undefined);
    options.panel.title = this.#title();
    this.#subscription = options.panel.webview.onDidReceiveMessage((raw: unknown) => this.#receive(raw));
    this.#follow = setInterval(() => this.#followForeign(), followEveryMs);
  }

  shows(kind: PanelKind, runFolders: readonly string[]): boolean {
    return this.#options.kind === kind && this.#runFolders.join("\n") === runFolders.join("\n");
  }

  get kind(): PanelKind {
    return this.#options.kind;
  }

  get showsPoint(): boolean {
    return this.#point !== null;
  }

  get isSeen(): boolean {
    return this.#options.panel.visible;
  }

  /** @param beside whether it is to come up beside what is looked at, which keeps the focus */
  reveal(beside = false): void {
    this.#options.panel.reveal(beside ? vscode.ViewColumn.Beside : undefined, beside);
  }

  /** Shows a point of a sweep in place of the run; null: the run again. */
  showPoint(point: SweptPoint | null): void {
    const { panel } = this.#options;
    if (point === this.#point) return;
    this.#point = point;
    panel.title = this.#title();
    if (panel.visible && !this.#goToNewest()) this.#snapshot();
  }

  /** Sends what is to be shown while VS Code loads the page: it keeps messages until the page can take them. */
  sendAhead(): void {
    // Not at once: to read a large run would hold up the page itself, which is on its way.
    setTimeout(() => {
      if (!this.#options.panel.visible) return;
      this.#sentAhead = true;
      if (!this.#goToNewest()) this.#snapshot();
    }, 0);
  }

  /** Cycles of a run at work in this session. */
  cycles({ runFolder, cycles }: NewCycles): void {
    if (this.#options.kind === "compare") return;
    if (!this.#runFolders.includes(runFolder)) {
      this.#goToNewest();
      return;
    }
    if (this.#point !== null) return;
    // Brought to the front, it loads its page again, which says `ready` and is sent the whole run.
    if (!this.#options.panel.visible) return;
    this.#gains.note(cycles);
    this.#post({ type: "cycles", runFolder, cycles: [...cycles] });
  }

  /** Some run began, changed its state, or went. */
  runsChanged(): void {
    if (this.#goToNewest() || this.#point !== null || !this.#options.panel.visible) return;
    for (const folder of this.#runFolders) {
      const run = this.#options.runs.find(folder)?.run;
      const told = this.#told.get(folder);
      if (told && (run?.state !== told.state || this.#standingOf(folder, run) !== told.standing)) {
        this.#snapshot();
        return;
      }
    }
  }

  dispose(): void {
    this.#closed = true;
    clearInterval(this.#follow);
    this.#subscription.dispose();
    this.#options.panel.dispose();
  }

  #receive(raw: unknown): void {
    const parsed = fromPanel.safeParse(raw);
    if (parsed.success) void this.#handle(parsed.data);
    else this.#options.log.warn(`A message of the ${this.#options.kind} panel was not understood.`);
  }

  async #handle(message: FromPanel): Promise<void> {
    switch (message.type) {
      case "ready":
        this.#answerReady();
        break;
      case "follow":
        this.#following = message.on;
        if (!this.#goToNewest()) this.#post({ type: "following", on: this.#following });
        break;
      case "backToRun":
        this.showPoint(null);
        break;
      case "gain":
        if (this.#runFolders[0] !== undefined)
          this.#post(this.#gains.answer(this.#runFolders[0], message.cycle));
        break;
      case "export": {
        const folder = this.#runFolders[0] ?? "";
        await saveFile(
          path.join(folder, path.basename(message.fileName)),
          () => message.content,
          this.#options.log,
        );
        break;
      }
      case "copy":
        await vscode.env.clipboard.writeText(message.text);
        break;
      case "command":
        await this.#command(message.command);
        break;
      case "error":
        this.#options.log.error(`The ${this.#options.kind} panel reports an error.`, message.message);
        break;
    }
  }

  #answerReady(): void {
    if (this.#sentAhead) {
      this.#sentAhead = false;
      this.#post({ type: "sent" });
      return;
    }
    this.#gainSent = null;
    if (!this.#goToNewest()) this.#snapshot();
  }

  /** The run that a panel that follows goes to: a younger one that has something to show. */
  #newer(): string | undefined {
    const { kind, runs } = this.#options;
    if (kind === "compare") return undefined;
    const [folder] = this.#runFolders;
    return (folder === undefined ? runs.newest() : runs.after(folder))?.folder;
  }

  #goToNewest(): boolean {
    const folder = this.#following ? this.#newer() : undefined;
    if (folder === undefined) return false;
    // Who tuned asked for the run; what a save began does not take away the point that is looked at.
    if (this.#point !== null && this.#options.runs.find(folder)?.run.trigger !== "user") return false;
    this.#point = null;
    this.#runFolders = [folder];
    this.#options.panel.title = this.#title();
    this.#snapshot();
    return true;
  }

  #title(): string {
    return this.#point ? pointTabTitle(this.#point) : titleOf(this.#options.kind, this.#runFolders[0]);
  }

  #snapshot(): void {
    const point = this.#point && pointMessage(this.#point);
    if (point !== null) {
      this.#post(point);
      return;
    }
    const { kind } = this.#options;
    const runFolders = this.#runFolders;
    const snapshots = runFolders.flatMap((folder) => {
      const snapshot = readRun(folder);
      if (!snapshot) return [];
      const inPlace = this.#options.runs.isInPlace(folder);
      return [{ ...snapshotFor(kind, snapshot), inPlace }];
    });
    for (const folder of runFolders) {
      const run = snapshots.find(({ runFolder }) => runFolder === folder)?.run;
      if (run) this.#told.set(folder, { state: run.state, standing: this.#standingOf(folder, run) });
      else this.#told.delete(folder);
    }
    const [first] = snapshots;
    this.#gains.show(first);
    if (kind === "compare" && snapshots.length > 1)
      this.#post({ type: "runs", runs: snapshots.map(packSnapshot) });
    else if (kind !== "compare" && first) {
      this.#post({ type: "following", on: this.#following });
      const ahead = this.#firstGain(first);
      const gain = ahead && { cycle: ahead.cycle, gain: ahead.gain };
      const arrived = this.#post({ type: "snapshot", snapshot: packSnapshot(first), gain });
      if (ahead) {
        const { cycle, policy } = ahead;
        // Behind the snapshot, not beside it: what the page can do without must not keep it waiting.
        void arrived.then(() => this.#post({ type: "policy", runFolder: first.runFolder, cycle, policy }));
      }
    } else this.#post({ type: "empty", why: "nothing", message: missingText(kind, runFolders) });
  }

  /** What changes when a person uses a run or discards it, or another one takes its place. */
  #standingOf(folder: string, run: RunRecord | undefined): string {
    return JSON.stringify([run?.copies, run?.discardedAt, this.#options.runs.isInPlace(folder)]);
  }

  /** G and P of the cycle that is looked at first, where the panel draws them and its page has none of this run. */
  #firstGain(snapshot: RunSnapshot) {
    const { runFolder } = snapshot;
    const cycle = firstGainCycle(snapshot);
    if (this.#options.kind !== "gain" || this.#gainSent === runFolder || cycle === null) return null;
    this.#gainSent = runFolder;
    const matrices = this.#gains.read(runFolder, cycle);
    return matrices && { cycle, ...matrices };
  }

  async #command(command: Extract<FromPanel, { type: "command" }>["command"]): Promise<void> {
    const [folder] = this.#runFolders;
    await vscode.commands.executeCommand(panelCommands[command], folder);
  }

  /** Runs of the command line: their history grows without an event here. */
  #followForeign(): void {
    const { kind, runs, tuner, panel } = this.#options;
    const [folder] = this.#runFolders;
    if (
      !folder ||
      kind === "compare" ||
      this.#point !== null ||
      !panel.visible ||
      this.#told.get(folder)?.state !== "running"
    )
      return;
    if (tuner.active.some(({ runFolder }) => runFolder === folder)) return;
    const time =
      statSync(path.join(folder, runFiles.history), { throwIfNoEntry: false })?.mtimeMs ?? this.#historyTime;
    if (time !== this.#historyTime) {
      this.#historyTime = time;
      this.#snapshot();
    }
    runs.refreshSoon();
  }

  /** Resolves when the page has the message, or never will. A panel that is closed is sent nothing. */
  async #post(message: PackedToPanel): Promise<void> {
    if (!this.#closed) await this.#options.panel.webview.postMessage(message);
  }
}
