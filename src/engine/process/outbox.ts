/**
 * What a job reports on its way to the parent: cycles in batches, and of progress the newest. A cycle may take three
 * milliseconds, and what each message has drawn (status bar, sidebar, two panels) takes twenty of a processor that the tune
 * may need itself. So a job that takes longer reports more rarely: what is drawn stays a few per cent of its time.
 */
import type { FromEngine, JobProgress } from "../../protocol/engine.ts";
import type { CycleRecord } from "../../protocol/records.ts";

/** Bounds of the pause between two deliveries in milliseconds, and its share of the time that the job has taken. */
const pause = { shortest: 250, longest: 2000, share: 0.25 };

export class Outbox {
  readonly #job: string;
  readonly #send: (message: FromEngine) => void;
  readonly #now: () => number;
  readonly #began: number;
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
    this.#began = now();
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
    const now = this.#now();
    const paused = Math.min(pause.longest, Math.max(pause.shortest, pause.share * (now - this.#began)));
    const wait = this.#delivered + paused - now;
    if (wait <= 0) this.deliver();
    else this.#timer ??= setTimeout(() => this.deliver(), wait);
  }
}
