/** Hears whether an engine lives and moves, from its second thread: nothing that the engine computes can stop that one. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type EnginePulse, enginePulse } from "../protocol/engine.ts";

const lastChanceMs = 2000;

export class EnginePulses {
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout | undefined;
  #hung: string | null = null;

  /** `onSilence` is called once when nothing was heard for `limitMs` milliseconds. */
  constructor(pipe: Readable, limitMs: number, onSilence: () => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    pipe.on("error", () => undefined);
    createInterface({ input: pipe }).on("line", (line) => this.#heard(pulseIn(line)));
    this.#wait();
  }

  /** Why the engine was ended as hanging; null while it was not. */
  get hung(): string | null {
    return this.#hung;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #heard(pulse: EnginePulse | null): void {
    if (pulse?.ends) this.#hung = `it had been stuck for ${pulse.still} s`;
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#waitOnceMore(), this.#limitMs);
    this.#timer.unref();
  }

  /** It may be this process that was stopped, by a breakpoint or for the night: what came meanwhile is read first. */
  #waitOnceMore(): void {
    this.#timer = setTimeout(() => {
      this.#hung = `it gave no sign of life for ${Math.round(this.#limitMs / 1000)} s`;
      this.#onSilence();
    }, lastChanceMs);
    this.#timer.unref();
  }
}

function pulseIn(line: string): EnginePulse | null {
  try {
    return enginePulse.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
