/** Progress of a job on standard error: one line that moves on a terminal, a few that stay elsewhere. */
import { shortName } from "../metrics/catalogue.ts";
import type { JobProgress } from "../protocol/engine.ts";
import { bar, clip, type Screen } from "./terminal.ts";

const titles: Record<JobProgress["phase"], string> = {
  load: "Loading",
  features: "Features",
  tune: "Tuning",
  save: "Saving",
  controls: "Controls",
  install: "Installing",
};

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
      this.#stream.write(`\r\u001b[K${line}`);
      this.#shown = true;
    } else this.#stream.write(`${line}\n`);
  }

  /** Takes the moving line away, before anything else is printed. */
  clear(): void {
    if (this.#shown) this.#stream.write("\r\u001b[K");
    this.#shown = false;
  }
}

/** "Tuning  ━━━━━━──── 1280/2000  worst class 71.6 %  3 s left"; the widest parts go first when it is narrow. */
export function progressText(progress: JobProgress, seconds: number, screen: Screen): string {
  const { phase, step, steps, reached } = progress;
  const message = reached
    ? `${shortName(reached.objective)} ${(100 * reached.value).toFixed(1)} %`
    : progress.message;
  const title = titles[phase].padEnd(8);
  if (steps <= 1) return clip(`${title}  ${message}`, screen.columns - 1);
  const counts = `${step}/${steps}`;
  const left = step > 0 && step < steps ? `  ${duration((seconds / step) * (steps - step))} left` : "";
  const rest = `${counts}  ${message}${left}`;
  const room = Math.min(30, screen.columns - 1 - title.length - 4 - rest.length);
  if (!screen.interactive || room < 6) return clip(`${title}  ${rest}`, screen.columns - 1);
  return `${title}  ${screen.paint("cyan", bar(step / steps, room))}  ${rest}`;
}

/** "0.4 s", "12 s", "3 min", "2 h". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
