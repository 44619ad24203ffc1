/**
 * What a job reports on its way to the parent: cycles in batches, and of progress the newest, a few times a second. A cycle
 * may take three milliseconds; a message for each would cost the tune more than the looks at validation.
 */
import type { FromEngine, JobProgress } from "../protocol/engine.ts";
import type { CycleRecord } from "../protocol/records.ts";

/** Milliseconds between two deliveries. */
const everyMs = 50;

export class Outbox {
  readonly #job: string;
  readonly #send: (message: FromEngine) => void;
  readonly #now: () => number;
  #progress: JobProgress | null = null;
  #phase: JobProgress["phase"] | null = null;
  #cycles: CycleRecord[] = [];
  #runFolder = "";
  #delivered = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(job: string, send: (message: FromEngine) => void, now = () => performance.now()) {
    this.#job = job;
    this.#send = send;
    this.#now = now;
  }

  /** A new phase is told at once. */
  progress(progress: JobProgress): void {
    const isNewPhase = progress.phase !== this.#phase;
    this.#phase = progress.phase;
    this.#progress = progress;
    if (isNewPhase) this.deliver();
    else this.#deliverWhenDue();
  }

  cycle(runFolder: string, cycle: CycleRecord): void {
    if (runFolder !== this.#runFolder) this.deliver();
    this.#runFolder = runFolder;
    this.#cycles.push(cycle);
    this.#deliverWhenDue();
  }

  /** Sends what waits: before a job's last message, above all. */
  deliver(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#delivered = this.#now();
    const [cycles, progress] = [this.#cycles, this.#progress];
    this.#cycles = [];
    this.#progress = null;
    if (cycles.length > 0) this.#send({ type: "cycles", job: this.#job, runFolder: this.#runFolder, cycles });
    if (progress) this.#send({ type: "progress", job: this.#job, progress });
  }

  /** The timer is for jobs that wait; those that compute come by here often enough, and let no timer run. */
  #deliverWhenDue(): void {
    const wait = this.#delivered + everyMs - this.#now();
    if (wait <= 0) this.deliver();
    else this.#timer ??= setTimeout(() => this.deliver(), wait);
  }
}
