/**
 * Follows checkpoints on disk, with all files that belong to them. One counts once it is stable (two equal looks), structurally
 * complete, not being written and not our own output. Knows no editor: the command line watches with it, too.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { lookAt } from "../files/fresh.ts";
import { isInside } from "../files/place.ts";
import { type CheckpointMatcher, newestFirst } from "../project/checkpointFiles.ts";
import { isLoop, mayHold, watchRoots } from "./folders.ts";
import { type FileLook, look, sameLook } from "./look.ts";
import { Parts } from "./parts.ts";
import { type WatchProblem, watchProblem } from "./problem.ts";
import { Settler } from "./settler.ts";
import { quietNeeded } from "./writers.ts";

/** A complete checkpoint on disk. `modified` is in milliseconds since the epoch. */
export interface WatchedCheckpoint {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
}

export type WatchEvent =
  /** `found`: was there, complete, when watching began. Else it appeared or was written again, whatever it holds. */
  | { readonly kind: "found" | "new" | "changed"; readonly checkpoint: WatchedCheckpoint }
  /** The same file under another name. */
  | { readonly kind: "renamed"; readonly checkpoint: WatchedCheckpoint; readonly from: string }
  | { readonly kind: "deleted"; readonly path: string };

export interface WatchOptions {
  /** The folder of selmix.json. */
  readonly root: string;
  /** What counts as a checkpoint; see `checkpointMatcher`. */
  readonly matcher: Pick<CheckpointMatcher, "folders" | "matches" | "accepts">;
  readonly isComplete: (path: string) => Promise<boolean>;
  /** All files that make up a checkpoint, its own path first. */
  readonly partsOf: (path: string) => Promise<string[]>;
  /** Look at files again and again instead of asking the system for events (network folders). */
  readonly polling?: boolean;
  readonly onEvent: (event: WatchEvent) => void;
  readonly onProblem: (problem: WatchProblem) => void;
}

const pollEveryMs = 1000;
/** A new folder is looked into a second time, when the system surely tells about it. */
const lookAgainMs = 1000;
/** A rename arrives as a deletion and an appearance, in either order; so long a deletion waits for its other half. */
const renameGraceMs = 400;

export class CheckpointWatcher {
  readonly #options: WatchOptions;
  readonly #known = new Map<string, FileLook>();
  /** Deleted files that may turn up under another name. */
  readonly #missing = new Map<string, { readonly look: FileLook; readonly timer: NodeJS.Timeout }>();
  readonly #parts = new Parts();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #closing = new AbortController();
  readonly #settler: Settler;
  #watcher: FSWatcher | undefined;
  #exhausted = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#settler = new Settler({
      files: (path) => this.#filesOf(path),
      isComplete: options.isComplete,
      quietNeeded,
      onSettled: (path, settled, first) => this.#settled(path, settled, first),
      onGone: (path) => this.#gone(path),
    });
  }

  /** Resolves when every checkpoint that is already there has been reported. */
  async start(): Promise<void> {
    const { root, matcher, polling = false } = this.#options;
    const seen = new Set<string>();
    const touch = (path: string, first: boolean) => {
      if (matcher.matches(path)) this.#settler.touch(path, first);
      for (const owner of this.#parts.owners(path)) this.#settler.touch(owner, first);
    };
    const watcher = watch(watchRoots(root, matcher.folders), {
      usePolling: polling,
      interval: pollEveryMs,
      binaryInterval: pollEveryMs,
      ignorePermissionErrors: true,
      // Called without stats first: only what is known to be a file or folder can be judged. Links may be either.
      ignored: (path, stats) => {
        if (!stats) return false;
        const isOne = () =>
          this.#parts.owners(path).length > 0 || (matcher.matches(path) && (polling || isLink(path)));
        const mayBeBelow = () => mayHold(matcher.folders, path) && !isLoop(path) && matcher.accepts(path);
        return !((!stats.isDirectory() && isOne()) || (!stats.isFile() && mayBeBelow()));
      },
    });
    this.#watcher = watcher;
    let starting = true;
    // Folders tell about the files in them, which are thousands: only what they do not tell about is watched by itself.
    const list = (folder: string) => {
      for (const path of namesIn(folder)) {
        if (seen.has(path) || this.#known.has(path)) continue;
        if (starting) seen.add(path);
        else touch(path, false);
      }
    };
    const folders = new Map<string, string | null>();
    const enter = (path: string) => {
      folders.set(path, folderIdentity(path));
      list(path);
      // What came between that look and the first of the system's events about it.
      if (!starting) this.#later(() => list(path));
    };
    const leave = (folder: string) => {
      folders.delete(folder);
      for (const path of this.#known.keys()) if (isInside(folder, path)) touch(path, false);
    };
    // One that was removed and made again at once has the name that it had, and what was watched is gone.
    const renew = (folder: string) => {
      const now = folderIdentity(folder);
      if (now === null || now === folders.get(folder)) return;
      const lost = [...folders.keys()].filter((path) => isInside(folder, path));
      for (const path of lost) leave(path);
      watcher.unwatch(lost);
      watcher.add(lost);
      enter(folder);
    };
    watcher.on("addDir", (path) => {
      if (!polling) enter(path);
    });
    watcher.on("unlinkDir", leave);
    watcher.on("add", (path) => touch(path, starting));
    watcher.on("change", (path) => touch(path, false));
    watcher.on("unlink", (path) => touch(path, false));
    // Told before it is judged by the time of writing alone, which may have been set back.
    watcher.on("raw", (_event, name, details) => {
      for (const path of pathsOfRaw(name, details)) {
        touch(path, false);
        if (folders.has(path)) renew(path);
      }
    });
    watcher.on("error", (error) => this.#failed(error));
    await new Promise<void>((resolve) => {
      watcher.once("ready", resolve);
      this.#closing.signal.addEventListener("abort", () => resolve());
    });
    for (const folder of folders.keys()) list(folder);
    for (const path of sorted([...seen].filter(matcher.matches))) touch(path, true);
    starting = false;
    seen.clear();
    await this.#settler.firstLooks();
  }

  /** Every complete checkpoint as it was when it was looked at last, by path. */
  get present(): ReadonlyMap<string, FileLook> {
    return this.#known;
  }

  #later(look: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      look();
    }, lookAgainMs);
    this.#timers.add(timer);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#settler.close();
    for (const { timer } of this.#missing.values()) clearTimeout(timer);
    this.#missing.clear();
    await this.#watcher?.close();
  }

  /** The files of a checkpoint; the system is asked to tell about those that nothing else watches, too. */
  async #filesOf(path: string): Promise<string[]> {
    const files = await this.#options.partsOf(path);
    const added = this.#parts.set(path, files.slice(1));
    if (added.length > 0 && !this.#closing.signal.aborted) this.#watcher?.add(added);
    return files;
  }

  async #settled(path: string, settled: FileLook, first: boolean): Promise<void> {
    if (!this.#options.matcher.accepts(path)) return;
    const before = this.#known.get(path) ?? this.#forgetMissing(path);
    if (before && sameLook(before, settled)) {
      this.#known.set(path, before);
      return;
    }
    this.#known.set(path, settled);
    const checkpoint = { path, size: settled.size, modified: settled.modified };
    const from = before || first ? null : await this.#earlierName(path, settled);
    if (this.#closing.signal.aborted) return;
    if (from !== null) this.#options.onEvent({ kind: "renamed", checkpoint, from });
    else this.#options.onEvent({ kind: first ? "found" : before ? "changed" : "new", checkpoint });
  }

  #gone(path: string): void {
    this.#parts.set(path, []);
    const was = this.#known.get(path);
    if (!was) return;
    this.#known.delete(path);
    this.#miss(path, was);
  }

  /** Tells about a deletion when it is certain that the file does not turn up under another name. */
  #miss(path: string, was: FileLook): void {
    const timer = setTimeout(() => {
      if (this.#settler.mayBecome(was.identity)) return this.#miss(path, was);
      this.#missing.delete(path);
      this.#options.onEvent({ kind: "deleted", path });
    }, renameGraceMs);
    this.#missing.set(path, { look: was, timer });
  }

  /** Takes back a deletion that was not reported yet. */
  #forgetMissing(path: string): FileLook | undefined {
    const missing = this.#missing.get(path);
    clearTimeout(missing?.timer);
    this.#missing.delete(path);
    return missing?.look;
  }

  /** The path under which this very file was known and no longer lies; null for a file that is new. */
  async #earlierName(path: string, file: FileLook): Promise<string | null> {
    for (const [earlier, missing] of this.#missing) {
      if (missing.look.identity !== file.identity) continue;
      this.#forgetMissing(earlier);
      return earlier;
    }
    for (const [earlier, known] of this.#known) {
      if (earlier === path || known.identity !== file.identity || (await look(known.files))) continue;
      this.#known.delete(earlier);
      return earlier;
    }
    return null;
  }

  /** Every folder may fail in the same way: exhaustion is told once. */
  #failed(error: unknown): void {
    const problem = watchProblem(this.#options.root, error);
    if (problem.exhausted && this.#exhausted) return;
    this.#exhausted ||= problem.exhausted;
    this.#options.onProblem(problem);
  }
}

/** As they are read first: whoever sees the first of thousands sees those that matter. */
function sorted(files: readonly string[]): string[] {
  const dated = files.map((path) => ({ path, modified: lookAt(path)?.mtimeMs ?? 0 }));
  return dated.sort(newestFirst).map(({ path }) => path);
}

function isLink(path: string): boolean {
  return lookAt(path)?.isSymbolicLink() === true;
}

/** What tells a folder from one that has its name later; null where there is none. */
function folderIdentity(folder: string): string | null {
  const now = lookAt(folder);
  return now?.isDirectory() ? `${now.dev}:${now.ino}:${now.birthtimeMs}` : null;
}

/** Paths of what is in a folder and is none itself. */
function namesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => path.join(folder, name));
  } catch {
    return [];
  }
}

/** The paths that an unjudged event is about: a watched file, or a name in a watched folder. */
function pathsOfRaw(name: unknown, details: unknown): string[] {
  const watched =
    typeof details === "object" && details !== null && "watchedPath" in details ? details.watchedPath : null;
  if (typeof watched !== "string") return typeof name === "string" ? [name] : [];
  return typeof name === "string" ? [watched, path.join(watched, name)] : [watched];
}
