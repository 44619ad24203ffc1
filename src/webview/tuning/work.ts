/** The foot of the panel, always in sight: progress or the last result, and Tune or Stop. */
import type { TuningState } from "../../protocol/tuning.ts";
import { h, setText } from "../shared/dom.ts";
import { button } from "../shared/toolkit.ts";
import { send } from "./host.ts";
import { Track } from "./track.ts";

type Progress = NonNullable<TuningState["progress"]>;
type Last = NonNullable<TuningState["last"]>;

/** Screen readers are told how far a tune is at most this often. */
const announceEveryMs = 5000;

export class Work {
  readonly element: HTMLElement;
  readonly #tune = button("Tune", () => send({ type: "tune" }), { primary: true });
  readonly #stop = button("Stop", () => send({ type: "command", command: "stop" }));
  readonly #track = new Track("Progress of the tune");
  readonly #message = h("p", { class: "message" });
  readonly #spoken = h("p", { class: "spoken", role: "status" });
  readonly #watch = link("Watch it steer", () => this.#showPanel("gain"));
  readonly #progress = h(
    "div",
    { class: "progress", "data-testid": "progress" },
    this.#message,
    this.#track.element,
    this.#watch,
  );
  readonly #waiting = h("p", { class: "sentence" });
  readonly #title = h("p", { class: "claim" });
  readonly #detail = h("p", { class: "sentence" });
  readonly #links = h(
    "p",
    { class: "links" },
    link("Show recall", () => this.#showPanel("recall")),
    link("Show gain", () => this.#showPanel("gain")),
  );
  readonly #actions = h("p", { class: "links" });
  readonly #log = h(
    "p",
    { class: "links" },
    link("Show log", () => send({ type: "command", command: "showLog" })),
  );
  readonly #last = h(
    "section",
    { class: "last", "aria-label": "Last run", "data-testid": "last-run" },
    this.#title,
    this.#detail,
    this.#actions,
    this.#links,
    this.#log,
  );
  #runFolder: string | null = null;
  #announcedAt = 0;
  #actionsKey = "";

  constructor() {
    this.#tune.dataset.testid = "tune";
    this.#stop.dataset.testid = "stop";
    this.element = h(
      "div",
      { class: "work" },
      this.#progress,
      this.#last,
      this.#waiting,
      this.#spoken,
      h("div", { class: "buttons" }, this.#tune, this.#stop),
    );
  }

  show(state: TuningState): void {
    const { progress, last, waiting, trusted, checkpoints } = state;
    this.#runFolder = progress ? progress.runFolder : (last?.runFolder ?? null);
    const tuneHadFocus = document.activeElement === this.#tune;
    this.#tune.hidden = progress !== null;
    this.#stop.hidden = progress === null;
    if (progress && tuneHadFocus) this.#stop.focus();
    setDisabled(this.#tune, !trusted || checkpoints.length === 0);
    setDisabled(this.#stop, progress?.stopping === true);
    this.#progress.hidden = progress === null;
    if (progress) this.#showProgress(progress);
    this.#waiting.hidden = waiting === null;
    setText(this.#waiting, waiting === null ? "" : `Next: ${waiting}`);
    this.#last.hidden = last === null || progress !== null;
    if (last && !progress) this.#showLast(last);
  }

  #showProgress({ checkpoint, message, step, steps, runFolder }: Progress): void {
    setText(this.#message, `${checkpoint}: ${message}`);
    this.#track.show(step, steps, message);
    this.#watch.hidden = runFolder === null;
    this.#announce(`${checkpoint}: ${message}`, false);
  }

  #showLast({ kind, checkpoint, text, detail, runFolder, actions }: Last): void {
    this.#last.className = `last ${kind}`;
    const title = `${signs[kind]} ${checkpoint === "" ? text : `${checkpoint}: ${text}`}`;
    if (this.#title.textContent !== title) this.#announce(title, true);
    setText(this.#title, title);
    setText(this.#detail, detail);
    this.#links.hidden = runFolder === null || kind === "failed";
    this.#log.hidden = kind !== "failed";
    this.#showActions(actions);
  }

  /** Drawn anew only when they are others, so that the focus stays. */
  #showActions(actions: Last["actions"]): void {
    const key = JSON.stringify(actions);
    if (key === this.#actionsKey) return;
    this.#actionsKey = key;
    this.#actions.hidden = actions.length === 0;
    this.#actions.replaceChildren(
      ...actions.map(({ action, label }) =>
        link(label, () => {
          if (this.#runFolder !== null) send({ type: "run", action, runFolder: this.#runFolder });
        }),
      ),
    );
  }

  /** The live region speaks at the start, at the end, and now and then between. */
  #announce(text: string, important: boolean): void {
    const now = Date.now();
    if (!important && now - this.#announcedAt < announceEveryMs) return;
    this.#announcedAt = now;
    setText(this.#spoken, text);
  }

  #showPanel(panel: "gain" | "recall"): void {
    if (this.#runFolder !== null) send({ type: "show", panel, runFolder: this.#runFolder });
  }
}

const signs: Record<Last["kind"], string> = {
  done: "✓",
  unproven: "?",
  unsatisfied: "⚠",
  failed: "✗",
  cancelled: "○",
};

function link(label: string, run: () => void): HTMLElement {
  return h("button", { class: "link", type: "button", click: run }, label);
}

function setDisabled(element: HTMLElement, disabled: boolean): void {
  if ("disabled" in element) element.disabled = disabled;
}
