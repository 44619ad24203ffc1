/**
 * Follows checkpoints on disk. A file counts once it is stable (two equal looks), structurally complete and not our own
 * output; whether its content is fresh is decided by its hash. Knows no editor: the command line watches with it, too.
 */
import { type FSWatcher, watch } from "chokidar";
import { hashFile } from "../files/hash.ts";
import type { CheckpointMatcher } from "../project/checkpointFiles.ts";
import { mayHold, watchRoots } from "./folders.ts";
import { type FileLook, look, sameLook } from "./look.ts";
import { type WatchProblem, watchProblem } from "./problem.ts";
import { Settler } from "./settler.ts";

/** A complete checkpoint on disk. `modified` is in milliseconds since the epoch. */
export interface WatchedCheckpoint {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
}

export type WatchEvent =
  /** Was there, complete, when watching began. */
  | { readonly kind: "found"; readonly checkpoint: WatchedCheckpoint }
  /** Appeared or was overwritten. `fresh`: this content was not seen before, under any name. */
  | {
      readonly kind: "new" | "changed";
      readonly checkpoint: WatchedCheckpoint;
      readonly hash: string;
      readonly fresh: boolean;
    }
  /** The same file under another name. */
  | { readonly kind: "renamed"; readonly checkpoint: WatchedCheckpoint; readonly from: string }
  | { readonly kind: "deleted"; readonly path: string };

export interface WatchOptions {
  /** The folder of selmix.json. */
  readonly root: string;
  /** What counts as a checkpoint; see `checkpointMatcher`. */
  readonly matcher: Pick<CheckpointMatcher, "folders" | "matches">;
  /** Whether a place lies where checkpoints may come from, links followed; everywhere when left out. */
  readonly reaches?: (path: string) => boolean;
  readonly isComplete: (path: string) => Promise<boolean>;
  /** All files that make up a checkpoint; its own path when left out. */
  readonly filesOf?: (path: string) => Promise<string[]>;
  /** Look at files again and again instead of asking the system for events (network folders). */
  readonly polling?: boolean;
  readonly onEvent: (event: WatchEvent) => void;
  readonly onProblem: (problem: WatchProblem) => void;
}

const pollEveryMs = 1000;
/** A rename arrives as a deletion and an appearance, in either order; so long a deletion waits for its other half. */
const renameGraceMs = 400;

export class CheckpointWatcher {
  readonly #options: WatchOptions;
  readonly #known = new Map<string, FileLook>();
  /** Deleted files that may turn up under another name. */
  readonly #missing = new Map<string, { readonly look: FileLook; readonly timer: NodeJS.Timeout }>();
  readonly #seen = new Set<string>();
  readonly #closing = new AbortController();
  readonly #settler: Settler;
  #watcher: FSWatcher | undefined;
  #exhausted = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#settler = new Settler({
      files: options.filesOf ?? (async (path) => [path]),
      isComplete: options.isComplete,
      onSettled: (path, settled, first) => this.#settled(path, settled, first),
      onGone: (path) => this.#gone(path),
    });
  }

  /** Resolves when every checkpoint that is already there has been reported. */
  async start(): Promise<void> {
    const { root, matcher, polling = false, reaches = () => true } = this.#options;
    const relevant = (path: string) => matcher.matches(path);
    const watcher = watch(watchRoots(root, matcher.folders), {
      usePolling: polling,
      interval: pollEveryMs,
      binaryInterval: pollEveryMs,
      ignorePermissionErrors: true,
      // Called without stats first: only what is known to be a file or folder can be judged. Links may be either.
      ignored: (path, stats) => {
        if (!stats) return false;
        const wanted =
          (!stats.isDirectory() && relevant(path)) || (!stats.isFile() && mayHold(matcher.folders, path));
        return !wanted || !reaches(path);
      },
    });
    this.#watcher = watcher;
    let starting = true;
    watcher.on("add", (path) => relevant(path) && this.#settler.touch(path, starting));
    watcher.on("change", (path) => relevant(path) && this.#settler.touch(path, false));
    watcher.on("unlink", (path) => relevant(path) && this.#settler.touch(path, false));
    watcher.on("error", (error) => this.#failed(error));
    await new Promise<void>((resolve) => {
      watcher.once("ready", resolve);
      this.#closing.signal.addEventListener("abort", () => resolve());
    });
    starting = false;
    await this.#settler.firstLooks();
  }

  /** Content that counts as seen, for example that of checkpoints which earlier runs tuned (SHA-256 in hex). */
  markSeen(hashes: Iterable<string>): void {
    for (const hash of hashes) this.#seen.add(hash);
  }

  /** Hashes what is there, newest first, so that saving the same content again is known not to be news. */
  async rememberContents(): Promise<void> {
    const newestFirst = [...this.#known.values()].sort((a, b) => b.modified - a.modified);
    for (const file of newestFirst) {
      if (this.#closing.signal.aborted) return;
      const hash = await this.#hash(file);
      if (hash !== null) this.#seen.add(hash);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#settler.close();
    for (const { timer } of this.#missing.values()) clearTimeout(timer);
    this.#missing.clear();
    await this.#watcher?.close();
  }

  async #settled(path: string, settled: FileLook, first: boolean): Promise<void> {
    const before = this.#known.get(path) ?? this.#forgetMissing(path);
    if (before && sameLook(before, settled)) {
      this.#known.set(path, settled);
      return;
    }
    const checkpoint = { path, size: settled.size, modified: settled.modified };
    const from = before || first ? null : await this.#earlierName(settled);
    if (first || from !== null) {
      this.#known.set(path, settled);
      this.#options.onEvent(
        from === null ? { kind: "found", checkpoint } : { kind: "renamed", checkpoint, from },
      );
      return;
    }
    const hash = await this.#hash(settled);
    if (this.#closing.signal.aborted) return;
    if (hash === null) {
      this.#settler.touch(path, false);
      return;
    }
    const fresh = !this.#seen.has(hash);
    this.#seen.add(hash);
    this.#known.set(path, settled);
    this.#options.onEvent({ kind: before ? "changed" : "new", checkpoint, hash, fresh });
  }

  #gone(path: string): void {
    const was = this.#known.get(path);
    if (!was) return;
    this.#known.delete(path);
    const timer = setTimeout(() => {
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
  async #earlierName(file: FileLook): Promise<string | null> {
    for (const [path, missing] of this.#missing) {
      if (!sameLook(missing.look, file)) continue;
      this.#forgetMissing(path);
      return path;
    }
    for (const [path, known] of this.#known) {
      if (!sameLook(known, file) || (await look(known.files))) continue;
      this.#known.delete(path);
      return path;
    }
    return null;
  }

  /** The content's hash (of each file, joined), or null when the files changed or went while they were read. */
  async #hash(file: FileLook): Promise<string | null> {
    const hashes: string[] = [];
    try {
      for (const part of file.files) hashes.push(await hashFile(part, this.#closing.signal));
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#failed(error);
    }
    const now = await look(file.files);
    return now && sameLook(now, file) ? hashes.join("+") : null;
  }

  /** Every folder may fail in the same way: exhaustion is told once. */
  #failed(error: unknown): void {
    const problem = watchProblem(this.#options.root, error);
    if (problem.exhausted && this.#exhausted) return;
    this.#exhausted ||= problem.exhausted;
    this.#options.onProblem(problem);
  }
}
