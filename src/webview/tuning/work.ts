/** The foot of the panel, always in sight and never high: how far a tune is, and Tune or Stop. */
import type { TuningState } from "../../protocol/tuning.ts";
import { h, setText } from "../shared/dom.ts";
import { button } from "../shared/toolkit.ts";
import { send } from "./host.ts";
import { link } from "./link.ts";
import { Track } from "./track.ts";

type Progress = NonNullable<TuningState["progress"]>;

/** Screen readers are told how far a tune is at most this often. */
const announceEveryMs = 5000;

export class Work {
  readonly element: HTMLElement;
  readonly #tune = button("Tune", () => send({ type: "tune" }), { primary: true });
  readonly #stop = button("Stop", () => send({ type: "command", command: "stop" }));
  readonly #track = new Track("Progress of the tune");
  readonly #message = h("p", { class: "message" });
  readonly #spoken = h("p", { class: "unseen", role: "status" });
  readonly #watch = link("Watch it steer", () => this.#showGain());
  readonly #progress = h(
    "div",
    { class: "progress", "data-testid": "progress" },
    this.#message,
    this.#track.element,
    this.#watch,
  );
  readonly #waiting = h("p", { class: "sentence" });
  #runFolder: string | null = null;
  #announcedAt = 0;

  constructor() {
    this.#tune.dataset.testid = "tune";
    this.#stop.dataset.testid = "stop";
    this.element = h(
      "div",
      { class: "work" },
      this.#progress,
      this.#waiting,
      this.#spoken,
      h("div", { class: "buttons" }, this.#tune, this.#stop),
    );
  }

  show(state: TuningState): void {
    const { progress, waiting, trusted, checkpoints } = state;
    const canTune = trusted && checkpoints.length > 0;
    // Nothing to be tuned: another button is the one to press.
    this.element.hidden = !canTune && progress === null;
    const [tuneHadFocus, stopHadFocus] = [this.#tune, this.#stop].map(
      (one) => document.activeElement === one,
    );
    this.#tune.hidden = progress !== null;
    this.#stop.hidden = progress === null;
    if (progress && tuneHadFocus) this.#stop.focus();
    if (!progress && stopHadFocus) this.#tune.focus();
    setDisabled(this.#tune, !canTune);
    setDisabled(this.#stop, progress?.stopping === true);
    this.#progress.hidden = progress === null;
    if (progress) this.#showProgress(progress);
    this.#waiting.hidden = waiting === null;
    setText(this.#waiting, waiting === null ? "" : `Next: ${waiting}`);
  }

  #showProgress({ checkpoint, message, step, steps, runFolder }: Progress): void {
    this.#runFolder = runFolder;
    setText(this.#message, `${checkpoint}: ${message}`);
    this.#track.show(step, steps, message);
    this.#watch.hidden = runFolder === null;
    this.#announce(`${checkpoint}: ${message}`);
  }

  /** The live region speaks at the start, and now and then after that. */
  #announce(text: string): void {
    const now = Date.now();
    if (now - this.#announcedAt < announceEveryMs) return;
    this.#announcedAt = now;
    setText(this.#spoken, text);
  }

  #showGain(): void {
    if (this.#runFolder !== null) send({ type: "show", panel: "gain", runFolder: this.#runFolder });
  }
}

function setDisabled(element: HTMLElement, disabled: boolean): void {
  if ("disabled" in element) element.disabled = disabled;
}
