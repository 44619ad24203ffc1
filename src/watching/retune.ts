/**
 * What is tuned next, by itself: the newest checkpoint saved, one at a time per configuration; when none waits, one whose tune
 * was cut off. A failure is not repeated; the next save is the next chance. Pure: it knows neither the editor nor the engine.
 */
import { newestFirst } from "../project/checkpointFiles.ts";
import type { Save, SaveKind } from "./saves.ts";

export interface RetuneOptions {
  /** Whether a tune of this configuration is at work, whoever asked for it. */
  readonly isBusy: (configuration: string) => boolean;
  readonly start: (configuration: string, checkpoint: Save) => void;
  readonly onChange: () => void;
  /** Milliseconds of quiet after a save before its tune starts. */
  readonly pauseMs?: number;
}

interface Waiting {
  checkpoint: Save;
  /** Runs while more saves may follow. */
  timer: NodeJS.Timeout | undefined;
}

export class RetuneQueue {
  readonly #options: RetuneOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** Cut off in an earlier session, or never begun. */
  readonly #left = new Map<string, readonly Save[]>();
  readonly #started = new Map<string, Save>();

  constructor(options: RetuneOptions) {
    this.#options = options;
  }

  /** A checkpoint with new content is complete: it takes the place of an older one that waits, unless that was left. */
  saved(configuration: string, checkpoint: Save, kind: SaveKind = "new"): void {
    if (kind === "left") {
      const left = [...(this.#left.get(configuration) ?? []), checkpoint];
      this.#left.set(configuration, left.sort(newestFirst));
      this.#options.onChange();
      this.#next(configuration);
      return;
    }
    const before = this.#waiting.get(configuration);
    clearTimeout(before?.timer);
    const newest = before && newestFirst(before.checkpoint, checkpoint) < 0 ? before.checkpoint : checkpoint;
    const waiting: Waiting = { checkpoint: newest, timer: undefined };
    waiting.timer = setTimeout(() => {
      waiting.timer = undefined;
      this.#next(configuration);
    }, this.#options.pauseMs ?? 300);
    this.#waiting.set(configuration, waiting);
    this.#options.onChange();
  }

  /** A tune of this configuration ended, however it did: the one that waits may start. */
  finished(configuration: string): void {
    this.#started.delete(configuration);
    this.#next(configuration);
  }

  /** The checkpoint was deleted or is tuned by hand: it need not wait any more. */
  forgetCheckpoint(checkpoint: string): void {
    for (const [configuration, waiting] of this.#waiting) {
      if (waiting.checkpoint.path === checkpoint) this.#stopWaiting(configuration);
    }
    for (const [configuration, left] of this.#left) {
      const others = left.filter(({ path }) => path !== checkpoint);
      this.#left.set(configuration, others);
    }
  }

  /** The checkpoint has another name now. */
  rename(from: string, to: string): void {
    const renamed = (save: Save) => (save.path === from ? { ...save, path: to } : save);
    for (const waiting of this.#waiting.values()) waiting.checkpoint = renamed(waiting.checkpoint);
    for (const [configuration, left] of this.#left) this.#left.set(configuration, left.map(renamed));
  }

  /** Auto-retune was turned off, or the configuration went. */
  forget(configuration: string): void {
    this.#left.delete(configuration);
    this.#stopWaiting(configuration);
  }

  /** The checkpoint that will be tuned when the configuration is free again. */
  waiting(configuration: string): string | null {
    return this.#waiting.get(configuration)?.checkpoint.path ?? null;
  }

  /** What waits, and what was started and has not finished. */
  pending(configuration: string): Save[] {
    const own = [this.#waiting.get(configuration)?.checkpoint, this.#started.get(configuration)];
    return [...own.filter((save) => save !== undefined), ...(this.#left.get(configuration) ?? [])];
  }

  /** Whether a newer one than this waits. */
  isPassedOver(
    configuration: string,
    checkpoint: { readonly path: string; readonly modified: number },
  ): boolean {
    const waiting = this.#waiting.get(configuration);
    return waiting !== undefined && newestFirst(waiting.checkpoint, checkpoint) < 0;
  }

  dispose(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #stopWaiting(configuration: string): void {
    clearTimeout(this.#waiting.get(configuration)?.timer);
    if (this.#waiting.delete(configuration)) this.#options.onChange();
  }

  #next(configuration: string): void {
    const waiting = this.#waiting.get(configuration);
    const [left, ...others] = this.#left.get(configuration) ?? [];
    const next = waiting?.checkpoint ?? left;
    if (!next || waiting?.timer || this.#options.isBusy(configuration)) return;
    if (waiting) this.#waiting.delete(configuration);
    else this.#left.set(configuration, others);
    this.#started.set(configuration, next);
    this.#options.onChange();
    this.#options.start(configuration, next);
  }
}
