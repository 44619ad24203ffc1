/** When a run trains what, and how fast: stretches of steps along which the rate falls. */

/** Steps [from, to) of a run. */
export interface ScheduleSegment {
  readonly from: number;
  readonly to: number;
}

/** The rate at a step of a stretch: from `top` down to 0 along a cosine (docs/method.md, eq. (25)). */
export function rateAt(top: number, step: number, { from, to }: ScheduleSegment): number {
  return top * 0.5 * (1 + Math.cos((Math.PI * (step - from)) / (to - from)));
}

/** Multiply-adds between two returns to the event loop, so that a cancel is heard. */
const WORK_BEFORE_YIELD = 5e8;

/** Counts work, lets the event loop run now and then, and stops when asked to. */
export class Yielder {
  readonly #signal: AbortSignal | undefined;
  #work = 0;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** @param work multiply-adds done. @throws the signal's reason when it is aborted */
  async after(work: number): Promise<void> {
    this.#work += work;
    if (this.#work > WORK_BEFORE_YIELD) {
      this.#work = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#signal?.throwIfAborted();
  }
}
