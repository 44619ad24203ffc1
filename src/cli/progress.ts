import type { JobProgress } from "../protocol/engine.ts";
import { type TerminalText, terminal } from "../words/escape/sinks.ts";
import { duration } from "../words/numbers.ts";
import { phaseNames, progressMessage } from "../words/runs.ts";
import { bar, clip, padEnd, print, type Screen } from "./terminal.ts";

/** Redrawing faster than this (milliseconds) only costs time. */
const redrawMs = 50;
/** Without a terminal, a line at most this often. */
const quietMs = 5000;

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #screen: Screen;
  #phase: JobProgress["phase"] | null = null;
  #phaseStarted = 0;
  #drawn = 0;
  #shown = false;

  constructor(stream: NodeJS.WriteStream, screen: Screen) {
    this.#stream = stream;
    this.#screen = screen;
  }

  show(progress: JobProgress): void {
    const now = performance.now();
    const changed = progress.phase !== this.#phase;
    if (changed) {
      this.#phase = progress.phase;
      this.#phaseStarted = now;
    }
    const pause = this.#screen.interactive ? redrawMs : quietMs;
    if (!changed && now - this.#drawn < pause) return;
    this.#drawn = now;
    const line = progressText(progress, (now - this.#phaseStarted) / 1000, this.#screen);
    if (this.#screen.interactive) {
      print(this.#stream, terminal`\r\u001b[K${line}`);
      this.#shown = true;
    } else print(this.#stream, terminal`${line}\n`);
  }

  /** Takes the moving line away, before anything else is printed. */
  clear(): void {
    if (this.#shown) print(this.#stream, terminal`\r\u001b[K`);
    this.#shown = false;
  }
}

/** "Tuning  ━━━━━━──── 1280/2000  worst class 71.6 %  3 s left"; the widest parts go first when it is narrow. */
export function progressText(progress: JobProgress, seconds: number, screen: Screen): TerminalText {
  const { phase, step, steps } = progress;
  const title = padEnd(terminal.text(phaseNames[phase]), 8);
  const message = terminal.text(progressMessage(progress));
  if (steps <= 1) return clip(terminal`${title}  ${message}`, screen.columns - 1);
  const left = step > 0 && step < steps ? `  ${duration((seconds / step) * (steps - step))} left` : "";
  const rest = terminal`${step}/${steps}  ${message}${terminal.text(left)}`;
  const room = Math.min(30, screen.columns - 1 - title.length - 4 - rest.length);
  if (!screen.interactive || room < 6) return clip(terminal`${title}  ${rest}`, screen.columns - 1);
  return terminal`${title}  ${screen.paint("cyan", bar(step / steps, room))}  ${rest}`;
}
