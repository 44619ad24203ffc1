/** Waits until a file that was touched is stable and complete. Every touch is followed up: the last one is never lost. */
import { type FileLook, look, sameLook } from "./look.ts";

export interface SettlerOptions {
  readonly files: (path: string) => Promise<string[]>;
  readonly isComplete: (path: string) => Promise<boolean>;
  /** For how many milliseconds these files must have been as they are; see `quietNeeded`. */
  readonly quietNeeded: (files: readonly string[]) => Promise<number>;
  /** `first`: touched as one that was there before, and seen neither incomplete nor changing since. */
  readonly onSettled: (path: string, settled: FileLook, first: boolean) => Promise<void>;
  readonly onGone: (path: string) => void;
}

/** Two looks this far apart must agree. */
const settleMs = 150;
/** Shards may follow an index at this distance, where it was not written last. */
const betweenPartsMs = 1000;
/** A file that was made at its full size is given so long to be filled, where nobody tells who writes it. */
const fillMs = 30_000;
/** An incomplete file is looked at ever more rarely, at most this far apart, while nothing touches it. */
const patienceMs = 3000;
/** Files looked at for the first time at once: many, but not as many as there are file descriptors. */
const looksAtOnce = 16;

interface Waiting {
  timer: NodeJS.Timeout | undefined;
  last: FileLook | null;
  /** When the last look was new, by the clock of `performance`. */
  since: number;
  delay: number;
  first: boolean;
  looked: boolean;
  /** Touched again while it was being looked at. */
  again: boolean;
  /** Being looked at, or in line for it. */
  busy: boolean;
}

export class Settler {
  readonly #options: SettlerOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #queue: (() => void)[] = [];
  readonly #first: Promise<void>[] = [];
  /** When watching began, by the clock that files are dated by. */
  readonly #began = Date.now();
  #active = 0;
  #closed = false;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Something happened to the file: look at it until it is settled or gone. `first`: it may have been there all along. */
  touch(path: string, first: boolean): void {
    if (this.#closed) return;
    const waiting = this.#waiting.get(path);
    if (waiting) {
      waiting.delay = settleMs;
      if (waiting.busy) waiting.again = true;
      else this.#schedule(path, waiting);
      return;
    }
    const fresh: Waiting = {
      timer: undefined,
      last: null,
      since: 0,
      delay: settleMs,
      first,
      looked: false,
      again: false,
      busy: true,
    };
    this.#waiting.set(path, fresh);
    const looked = this.#limited(() => this.#look(path, fresh));
    if (first) this.#first.push(looked);
  }

  /** Resolves when every file marked `first` so far was looked at once. */
  async firstLooks(): Promise<void> {
    await Promise.all(this.#first.splice(0));
  }

  /** Whether one that is not settled yet may turn out to be this file. */
  mayBecome(identity: string): boolean {
    return [...this.#waiting.values()].some(({ looked, last }) => !looked || last?.identity === identity);
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #schedule(path: string, waiting: Waiting): void {
    clearTimeout(waiting.timer);
    waiting.timer = setTimeout(() => {
      waiting.busy = true;
      void this.#limited(() => this.#look(path, waiting));
    }, waiting.delay);
  }

  async #look(path: string, waiting: Waiting): Promise<void> {
    const finished = await this.#settle(path, waiting);
    waiting.busy = false;
    if (this.#closed || this.#waiting.get(path) !== waiting) return;
    if (finished && !waiting.again) {
      this.#waiting.delete(path);
      return;
    }
    // It was settled once: what comes now is a change.
    if (finished) waiting.first = false;
    waiting.again = false;
    this.#schedule(path, waiting);
  }

  /** One look; true when there is nothing more to wait for. */
  async #settle(path: string, waiting: Waiting): Promise<boolean> {
    const files = await this.#options.files(path).catch(() => [path]);
    const now = await look(files);
    if (this.#closed) return true;
    waiting.looked = true;
    if (!now) {
      waiting.last = null;
      if (await look([path])) return this.#keepWaiting(waiting);
      this.#options.onGone(path);
      return true;
    }
    if (now.modified > this.#began) waiting.first = false;
    const wanted = now.hollow ? fillMs : now.partsNewer ? betweenPartsMs : settleMs;
    const isFirstLook = waiting.first && waiting.last === null;
    const settledLongAgo = isFirstLook && Date.now() - now.modified > 2 * wanted;
    if (!settledLongAgo && !isStable(waiting, now, wanted)) return false;
    waiting.last = now;
    if (!(await this.#options.isComplete(path).catch(() => false))) return this.#keepWaiting(waiting);
    if (!settledLongAgo) {
      const quiet = performance.now() - waiting.since;
      if (quiet < (await this.#options.quietNeeded(files))) return this.#keepWaiting(waiting);
      // What was found complete may have been written since it was looked at.
      const after = await look(files);
      if (!after || !isStable(waiting, after, 0)) return false;
    }
    if (this.#closed) return true;
    await this.#options.onSettled(path, now, waiting.first);
    return true;
  }

  #keepWaiting(waiting: Waiting): false {
    waiting.first = false;
    waiting.delay = Math.min(patienceMs, waiting.delay * 2);
    return false;
  }

  async #limited(task: () => Promise<void>): Promise<void> {
    if (this.#active >= looksAtOnce) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#active += 1;
    try {
      await task();
    } finally {
      this.#active -= 1;
      this.#queue.shift()?.();
    }
  }
}

/** Whether nothing has changed for as long as wanted; else the next look is due when that may be so. */
function isStable(waiting: Waiting, now: FileLook, wantedMs: number): boolean {
  const { last } = waiting;
  if (!last || !sameLook(last, now)) {
    if (last) waiting.first = false;
    waiting.last = now;
    waiting.since = performance.now();
    waiting.delay = settleMs;
    return false;
  }
  const left = wantedMs - (performance.now() - waiting.since);
  // Timers may fire a little early.
  if (left <= 5) return true;
  waiting.delay = left;
  return false;
}
