/** Answers the messages of a parent: every job it starts ends in exactly one of done, failed, cancelled. */
import * as z from "zod";
import { type FromEngine, type JobRequest, toEngine } from "../../protocol/engine.ts";
import { describeError } from "../errors.ts";
import type { JobContext } from "../job.ts";
import { Outbox } from "./outbox.ts";

export type JobRunner = (request: JobRequest, context: JobContext) => Promise<unknown>;

/** A message that cannot be understood may still name the job that waits for an answer. */
const addressed = z.object({ type: z.literal("start"), job: z.string() });

/** Jobs that do not wait for those that compute; a grid has workers that do. */
const unqueued = new Set<JobRequest["kind"]>([
  "inspect",
  "use",
  "usePoint",
  "useTask",
  "discard",
  "install",
  "remove",
  "grid",
]);

export class EngineServer {
  readonly #run: JobRunner;
  readonly #send: (message: FromEngine) => void;
  readonly #shutdown: () => void;
  readonly #jobs = new Map<string, AbortController>();
  /** Jobs that have not begun; cancelled, they are answered at once. */
  readonly #waiting = new Set<string>();
  readonly #answers = new Set<Promise<void>>();
  /** Jobs that compute run one after another: they share one backend. */
  #queue: Promise<void> = Promise.resolve();

  constructor(run: JobRunner, send: (message: FromEngine) => void, shutdown: () => void) {
    this.#run = run;
    this.#send = send;
    this.#shutdown = shutdown;
  }

  /** Takes one message, whatever it is. */
  receive(raw: unknown): void {
    const message = toEngine.safeParse(raw);
    if (!message.success) {
      this.#refuse(raw, z.prettifyError(message.error));
      return;
    }
    switch (message.data.type) {
      case "start":
        this.#start(message.data.job, message.data.request);
        break;
      case "cancel":
        this.#cancel(message.data.job);
        break;
      case "shutdown":
        this.#shutdown();
        break;
    }
  }

  /** Cancels every job and waits until each has answered. */
  async cancelAll(): Promise<void> {
    for (const job of [...this.#jobs.keys()]) this.#cancel(job);
    await Promise.allSettled([...this.#answers]);
  }

  #cancel(job: string): void {
    this.#jobs.get(job)?.abort();
    if (!this.#waiting.delete(job)) return;
    this.#jobs.delete(job);
    this.#send({ type: "cancelled", job });
  }

  #refuse(raw: unknown, detail: string): void {
    const known = addressed.safeParse(raw);
    if (!known.success || this.#jobs.has(known.data.job)) return;
    const message =
      "The engine does not understand this request; reload the window so that both sides have one version.";
    this.#send({ type: "failed", job: known.data.job, message, detail });
  }

  #start(job: string, request: JobRequest): void {
    // A second request under the same id has no answer of its own to wait for.
    if (this.#jobs.has(job)) return;
    const controller = new AbortController();
    this.#jobs.set(job, controller);
    this.#waiting.add(job);
    const work = () => this.#answer(job, request, controller);
    const computes = !unqueued.has(request.kind);
    const answer = computes ? this.#queue.then(work) : work();
    if (computes) this.#queue = answer;
    this.#answers.add(answer);
    void answer.finally(() => this.#answers.delete(answer));
  }

  async #answer(job: string, request: JobRequest, { signal }: AbortController): Promise<void> {
    if (!this.#waiting.delete(job)) return;
    const outbox = new Outbox(job, this.#send);
    const context: JobContext = {
      signal,
      progress: (progress) => outbox.progress(progress),
      cycle: (runFolder, cycle) => outbox.cycle(runFolder, cycle),
      program: (pid, running) => this.#send({ type: "program", pid, running }),
    };
    let answer: FromEngine;
    try {
      answer = { type: "done", job, result: await this.#run(request, context) };
    } catch (error) {
      answer = signal.aborted ? { type: "cancelled", job } : { type: "failed", job, ...describeError(error) };
    }
    this.#jobs.delete(job);
    outbox.deliver();
    this.#send(answer);
  }
}
