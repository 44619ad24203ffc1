/** The checkpoints of every configuration, followed on disk, with what is known about each. */
import * as vscode from "vscode";
import { checkpointMatcher, newestFirst } from "../project/checkpointFiles.ts";
import { scoresFile } from "../project/scoresFile.ts";
import type { JobResult } from "../protocol/engine.ts";
import type { SplitEvaluation } from "../protocol/records.ts";
import { WatchMemory } from "../watching/memory.ts";
import { Saves, type SavesOptions } from "../watching/saves.ts";
import { CheckpointWatcher, type WatchEvent, type WatchedCheckpoint } from "../watching/watcher.ts";
import type { Log } from "./log.ts";
import type { OpenProject, Projects } from "./projects.ts";
import type { Settings } from "./settings.ts";
import { warn } from "./tell.ts";

/** What a look into a checkpoint found, or why it could not be looked into. */
export type Inspection =
  | { readonly kind: "known"; readonly result: JobResult<"inspect"> }
  | { readonly kind: "failed"; readonly message: string };

export interface CheckpointEntry extends WatchedCheckpoint {
  readonly configuration: string;
  inspection: Inspection | null;
  /** Measured in this session, for this content. */
  evaluation: SplitEvaluation | null;
}

interface Followed {
  /** Everything that the watcher was started with: another key needs another watcher. */
  readonly key: string;
  readonly watcher: CheckpointWatcher;
  readonly entries: Map<string, CheckpointEntry>;
  /** Resolves when everything that was there has been found. */
  readonly started: Promise<void>;
  /** Only where they are tuned by themselves: without it, nothing is read, and nothing written down. */
  saves: Saves | null;
}

/** What becomes of the saves of a configuration, where they are tuned by themselves. */
export type SaveHandler = Pick<SavesOptions, "isTuned" | "pending" | "isPassedOver" | "onSave">;

export interface CheckpointListOptions {
  readonly projects: Projects;
  readonly settings: Settings;
  readonly log: Log;
  readonly savesOf: (configuration: string) => SaveHandler;
  readonly onRenamed: (from: string, to: string) => void;
  readonly onDeleted: (path: string) => void;
}

/** Changes are told so long after the first of them. */
const tellMs = 50;
/** While thousands are found, the newest first, there is little to add to what the first telling shows, and each costs as much. */
const tellStartingMs = 2000;

export class CheckpointList implements vscode.Disposable {
  readonly #options: CheckpointListOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #changed = new vscode.EventEmitter<readonly CheckpointEntry[] | undefined>();
  readonly #subscriptions: readonly vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;
  /** What is to be told of: entries, or everything where null. */
  #touched: Set<CheckpointEntry> | null = new Set();
  #starting = 0;
  /** Whether something was told of the first look that is under way. */
  #toldOfStart = false;

  /** Fires soon after changes, once for many: with the entries of which more is known, where none came or went. */
  readonly onDidChange = this.#changed.event;

  constructor(options: CheckpointListOptions) {
    this.#options = options;
    this.#subscriptions = [
      options.projects.onDidChange(() => this.#follow()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#follow()),
    ];
    this.#follow();
  }

  /** Newest first. */
  of(configuration: string): CheckpointEntry[] {
    const entries = [...(this.#followed.get(configuration)?.entries.values() ?? [])];
    return entries.sort(newestFirst);
  }

  find(file: string): CheckpointEntry | undefined {
    for (const { entries } of this.#followed.values()) {
      const entry = entries.get(file);
      if (entry) return entry;
    }
    return undefined;
  }

  countOf(configuration: string): number {
    return this.#followed.get(configuration)?.entries.size ?? 0;
  }

  get count(): number {
    let count = 0;
    for (const { entries } of this.#followed.values()) count += entries.size;
    return count;
  }

  /** Whether the first look at the folders is still under way. */
  get isStarting(): boolean {
    return this.#starting > 0;
  }

  /** Looks at everything again, with new watchers. */
  restart(): void {
    for (const configuration of [...this.#followed.keys()]) this.#drop(configuration);
    this.#follow();
  }

  /** What is to be tuned by itself has changed: it is written down. */
  pendingChanged(): void {
    for (const { saves } of this.#followed.values()) saves?.changed();
  }

  /** Tells listeners that an entry has new knowledge; without one, that there may be others. */
  touch(entry?: CheckpointEntry): void {
    if (entry === undefined) this.#touched = null;
    else this.#touched?.add(entry);
    // Not put off by what follows: thousands are found within seconds, and the first of them are to be seen.
    this.#timer ??= setTimeout(() => this.#tellChanges(), this.#toldOfStart ? tellStartingMs : tellMs);
  }

  #tellChanges(): void {
    this.#timer = undefined;
    this.#toldOfStart = this.isStarting && this.count > 0;
    const touched = this.#touched;
    this.#touched = new Set();
    this.#changed.fire(touched === null ? undefined : [...touched]);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const configuration of [...this.#followed.keys()]) this.#drop(configuration);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }

  #follow(): void {
    const { projects } = this.#options;
    for (const configuration of [...this.#followed.keys()]) {
      const open = projects.find(configuration);
      const followed = this.#followed.get(configuration);
      if (!open?.project || followed?.key !== this.#key(open)) this.#drop(configuration);
    }
    for (const open of projects.all) {
      if (!open.project) continue;
      const followed = this.#followed.get(open.path) ?? this.#start(open);
      const wanted = open.project.configuration.autoRetune && vscode.workspace.isTrusted;
      if (wanted) this.#takeSaves(open.path, followed);
      else this.#leaveSaves(followed);
    }
    this.touch();
  }

  #key(open: OpenProject): string {
    const { project } = open;
    const { settings } = this.#options;
    const configuration = project?.configuration;
    return JSON.stringify([
      configuration?.checkpoints,
      configuration && scoresFile({ folder: open.folder, configuration }),
      configuration?.output,
      project?.allowOutside,
      settings.usePolling,
    ]);
  }

  #start(open: OpenProject): Followed {
    const { settings, log } = this.#options;
    const { project } = open;
    if (!project) throw new RangeError(`${open.path} is not valid`);
    const entries = new Map<string, CheckpointEntry>();
    const watcher = new CheckpointWatcher({
      root: open.folder,
      matcher: checkpointMatcher(project),
      isComplete: async (file) =>
        scoresFile(project) === file ||
        (await import("../checkpoints/formats.ts")).isCompleteCheckpoint(file),
      partsOf: async (file) => (await import("../checkpoints/formats.ts")).checkpointParts(file),
      polling: settings.usePolling,
      onEvent: (event) => this.#receive(open.path, entries, event),
      onProblem: (problem) => {
        log.warn(problem.message);
        void this.#tell(problem);
      },
    });
    this.#starting += 1;
    const started = watcher.start().then(() => {
      this.#starting -= 1;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#toldOfStart = false;
      log.debug(`Watching ${open.name}: ${entries.size} checkpoints.`);
      this.touch();
    });
    const followed: Followed = { key: this.#key(open), watcher, entries, started, saves: null };
    this.#followed.set(open.path, followed);
    return followed;
  }

  #takeSaves(configuration: string, followed: Followed): void {
    if (followed.saves) return;
    const saves = new Saves({
      ...this.#options.savesOf(configuration),
      memory: new WatchMemory(configuration, this.#options.projects.reach(configuration)),
      present: () => followed.watcher.present,
      onNote: (sentence) => this.#options.log.info(sentence),
    });
    followed.saves = saves;
    void followed.started.then(async () => {
      if (followed.saves === saves) await saves.begin();
    });
  }

  #leaveSaves(followed: Followed): void {
    void followed.saves?.close();
    followed.saves = null;
  }

  #drop(configuration: string): void {
    const followed = this.#followed.get(configuration);
    this.#followed.delete(configuration);
    if (!followed) return;
    this.#leaveSaves(followed);
    void followed.watcher.close();
  }

  #receive(configuration: string, entries: Map<string, CheckpointEntry>, event: WatchEvent): void {
    if (event.kind === "deleted") {
      entries.delete(event.path);
      this.#options.onDeleted(event.path);
    } else {
      const { checkpoint } = event;
      const before = event.kind === "renamed" ? entries.get(event.from) : undefined;
      if (event.kind === "renamed") {
        entries.delete(event.from);
        this.#options.onRenamed(event.from, checkpoint.path);
      }
      entries.set(checkpoint.path, {
        ...checkpoint,
        configuration,
        inspection: before?.inspection ?? null,
        evaluation: before?.evaluation ?? null,
      });
    }
    this.#followed.get(configuration)?.saves?.receive(event);
    this.touch();
  }

  async #tell({ message, exhausted }: { message: string; exhausted: boolean }): Promise<void> {
    if (!exhausted) return;
    const poll = "Use Polling";
    const answer = await warn(`SelMix: ${message}`, poll);
    if (answer === poll) await this.#options.settings.write("watch.usePolling", true);
  }
}
