/**
 * What is tuned next, by itself: the newest checkpoint saved, one at a time per configuration. A failure is not repeated;
 * the next save is the next chance. Pure: it knows neither the editor nor the engine.
 */
import { laterNameFirst } from "../project/checkpointFiles.ts";

/** A checkpoint that was saved. `modified` is in milliseconds since the epoch. */
export interface SavedCheckpoint {
  readonly path: string;
  readonly modified: number;
}

export interface RetuneOptions {
  /** Whether a tune of this configuration is at work, whoever asked for it. */
  readonly isBusy: (configuration: string) => boolean;
  readonly start: (configuration: string, checkpoint: string) => void;
  readonly onChange: () => void;
  /** Milliseconds of quiet after a save before its tune starts. */
  readonly pauseMs?: number;
}

interface Waiting {
  readonly checkpoint: SavedCheckpoint;
  /** Runs while more saves may follow. */
  timer: NodeJS.Timeout | undefined;
}

export class RetuneQueue {
  readonly #options: RetuneOptions;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: RetuneOptions) {
    this.#options = options;
  }

  /** A checkpoint with new content is complete: it takes the place of an older one that waits. */
  saved(configuration: string, checkpoint: SavedCheckpoint): void {
    const before = this.#waiting.get(configuration);
    clearTimeout(before?.timer);
    const newest = before && isNewer(before.checkpoint, checkpoint) ? before.checkpoint : checkpoint;
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
    this.#next(configuration);
  }

  /** The checkpoint was deleted or is tuned by hand: it need not wait any more. */
  forgetCheckpoint(checkpoint: string): void {
    for (const [configuration, waiting] of this.#waiting) {
      if (waiting.checkpoint.path === checkpoint) this.forget(configuration);
    }
  }

  /** Auto-retune was turned off, or the configuration went. */
  forget(configuration: string): void {
    clearTimeout(this.#waiting.get(configuration)?.timer);
    if (this.#waiting.delete(configuration)) this.#options.onChange();
  }

  /** The checkpoint that will be tuned when the configuration is free again. */
  waiting(configuration: string): string | null {
    return this.#waiting.get(configuration)?.checkpoint.path ?? null;
  }

  dispose(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #next(configuration: string): void {
    const waiting = this.#waiting.get(configuration);
    if (!waiting || waiting.timer || this.#options.isBusy(configuration)) return;
    this.#waiting.delete(configuration);
    this.#options.onChange();
    this.#options.start(configuration, waiting.checkpoint.path);
  }
}

function isNewer(a: SavedCheckpoint, b: SavedCheckpoint): boolean {
  return (b.modified - a.modified || laterNameFirst(a, b)) < 0;
}
