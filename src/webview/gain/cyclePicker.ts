/** Which cycle's gain is looked at: slider, play, and one question to the host at a time. */
import type { RunSnapshot } from "../../protocol/panels.ts";
import { firstGainCycle } from "../../words/cycles.ts";
import { h, setText, uniqueId } from "../shared/dom.ts";
import { send } from "../shared/host.ts";
import type { PanelContext } from "../shared/panel.ts";
import { prefersReducedMotion } from "../shared/theme.ts";
import { button } from "../shared/toolkit.ts";

/** While a run is followed, its gain is asked for at most this often: a thousand classes are 8 MB a time. */
const followEvery = 250;
const playEvery = 120;
const playEveryCalmly = 1_000;
/** Under this name the cycle looked at is kept; empty for the one that a run opens at. */
const keptAs = "cycle";

export class CyclePicker {
  readonly element: HTMLElement;
  private readonly context: PanelContext;
  private readonly slider: HTMLInputElement;
  private readonly label = h("span", { class: "cycle" });
  private readonly playButton: HTMLElement;
  private readonly keptButton: HTMLElement;
  private cycles: number[] = [];
  private runFolder = "";
  /** null: the one that a run opens at, which of a run at work is the newest, whatever comes. */
  private wanted: number | null = null;
  /** That one, and the one of the kept head. */
  private first: number | null = null;
  private kept: number | null = null;
  private asked: number | null = null;
  private timer: number | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;
  private askAgain: number | null = null;

  constructor(context: PanelContext) {
    this.context = context;
    const id = uniqueId("cycle");
    this.slider = h("input", {
      type: "range",
      id,
      min: "0",
      max: "0",
      value: "0",
      input: () => this.slide(),
    });
    this.playButton = button("Play", () => this.toggle());
    this.keptButton = button("Kept head", () => this.toKept(), {
      title: "The cycle that led to the kept head",
    });
    this.element = h(
      "div",
      { class: "choices picker" },
      h("label", { for: id }, "Cycle"),
      this.slider,
      this.label,
      this.playButton,
      this.keptButton,
    );
  }

  /** Follows the run: takes new cycles in and asks for the gain that is wanted and not here. */
  update(snapshot: RunSnapshot): void {
    if (snapshot.runFolder !== this.runFolder) {
      this.wanted = this.runFolder === "" ? this.keptCycle() : null;
      this.runFolder = snapshot.runFolder;
      this.asked = null;
      this.stop();
    }
    this.cycles = snapshot.history.flatMap((cycle) => (cycle.gainIndex === null ? [] : [cycle.cycle]));
    this.first = firstGainCycle(snapshot);
    this.kept = snapshot.result === null ? null : this.first;
    const last = Math.max(0, this.cycles.length - 1);
    const at = this.position();
    this.slider.max = String(last);
    this.slider.value = String(at);
    const cycle = this.cycles[at];
    const record = snapshot.history.find((each) => each.cycle === cycle);
    const words =
      cycle === undefined
        ? "none kept"
        : `${cycle} of ${this.cycles.at(-1) ?? cycle}, step ${record?.step ?? 0}${cycle === this.kept ? ", kept" : ""}`;
    setText(this.label, words);
    this.keptButton.hidden = this.kept === null || this.kept === cycle;
    this.slider.setAttribute("aria-valuetext", words);
    this.ask();
  }

  /** The answer to a question, or that there is none, has come. */
  answered(): void {
    this.asked = null;
    this.ask();
  }

  private keptCycle(): number | null {
    const kept = Number(this.context.kept(keptAs) || Number.NaN);
    return Number.isInteger(kept) ? kept : null;
  }

  private position(): number {
    const wanted = this.wanted ?? this.first;
    const at = wanted === null ? -1 : this.cycles.indexOf(wanted);
    return at < 0 ? Math.max(0, this.cycles.length - 1) : at;
  }

  private ask(): void {
    const cycle = this.cycles[this.position()];
    if (cycle === undefined || this.asked !== null || this.context.store.gain?.cycle === cycle) return;
    if (this.context.store.gainProblem !== null && this.wanted !== null) return;
    const early = this.askedAt + followEvery - performance.now();
    if (this.wanted === null && early > 0) {
      this.askAgain ??= window.setTimeout(() => {
        this.askAgain = null;
        this.ask();
      }, early);
      return;
    }
    this.asked = cycle;
    this.askedAt = performance.now();
    send({ type: "gain", cycle });
  }

  private pick(at: number): void {
    const cycle = this.cycles[at] ?? null;
    this.wanted = cycle === this.first ? null : cycle;
    this.context.keep(keptAs, this.wanted === null ? "" : String(this.wanted));
    this.context.store.gainProblem = null;
    if (this.context.store.snapshot !== null) this.update(this.context.store.snapshot);
  }

  private slide(): void {
    this.stop();
    this.pick(Number(this.slider.value));
  }

  private toKept(): void {
    this.stop();
    if (this.kept !== null) this.pick(this.cycles.indexOf(this.kept));
  }

  private toggle(): void {
    if (this.timer !== null) {
      this.stop();
      return;
    }
    if (this.position() >= this.cycles.length - 1) this.pick(0);
    setText(this.playButton, "Pause");
    this.timer = window.setInterval(
      () => this.advance(),
      prefersReducedMotion() ? playEveryCalmly : playEvery,
    );
  }

  private advance(): void {
    if (this.asked !== null) return;
    const next = this.position() + 1;
    this.pick(next);
    if (next >= this.cycles.length - 1) this.stop();
  }

  private stop(): void {
    if (this.timer !== null) window.clearInterval(this.timer);
    this.timer = null;
    setText(this.playButton, "Play");
  }
}
