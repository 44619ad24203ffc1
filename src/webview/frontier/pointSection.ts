/** The point that is looked at: what it reaches, how sure that is, who pays by name, and what can be done with it. */
import { metricName } from "../../metrics/catalogue.ts";
import type { SweepPoint, SweepRecord } from "../../protocol/sweep.ts";
import { changeWithRange } from "../../words/metricValues.ts";
import { fromTo, points } from "../../words/numbers.ts";
import type { Split } from "../../words/sets.ts";
import {
  payersOf,
  pointStanding,
  pointTitle,
  regionOf,
  regionTones,
  sweptName,
  withRange,
} from "../../words/sweep.ts";
import { h, setText } from "../shared/dom.ts";
import { button } from "../shared/toolkit.ts";
import { post } from "./host.ts";

/** More who pay are counted. */
const mostNamed = 8;

export class PointSection {
  readonly element: HTMLElement;
  readonly #title = h("h2", { class: "point-title" });
  readonly #standing = h("p", { class: "claim standing" });
  readonly #verdict = h("p", { class: "meaning" });
  readonly #facts = h("dl", { class: "answers" });
  readonly #payers = h("ul", { class: "payers", "aria-label": "Who pays" });
  readonly #use = button("Use this one", () => this.#ask("use"), { primary: true });
  readonly #set = button("Set this bound", () => this.#ask("setBound"), {
    title: "Write the bound into selmix.json, for tunes to come",
  });
  readonly #recall = button("Recall panel", () => this.#ask("showRecall"), {
    title: "Show this point in the recall panel, which follows from then on",
  });
  readonly #used = h("span", { role: "status" });
  #folder = "";
  #point = 0;

  constructor() {
    this.#use.dataset.testid = "use-point";
    this.element = h(
      "section",
      { class: "headline point", "aria-label": "The point that is looked at" },
      this.#title,
      this.#standing,
      h("div", { class: "actions" }, this.#use, this.#set, this.#recall, this.#used),
      this.#facts,
      h("h3", {}, "Who pays, and who gains"),
      this.#payers,
      this.#verdict,
    );
  }

  show(sweep: SweepRecord, folder: string, at: number, set: Split, trusted: boolean): void {
    const point = sweep.points[at];
    this.element.hidden = point === undefined;
    if (point === undefined) return;
    this.#folder = folder;
    this.#point = at;
    setText(this.#title, pointTitle(sweep, point, at));
    setText(this.#standing, pointStanding(point));
    this.#standing.dataset.tone = regionTones[regionOf(point)];
    setText(this.#verdict, point.verdict.sentence);
    const isOver = sweep.state !== "running";
    this.#use.hidden = !point.kept || sweep.confidence !== null || !trusted;
    this.#use.toggleAttribute("disabled", sweep.state !== "done");
    this.#set.hidden = !trusted || !isOver;
    setText(this.#used, point.usedAs === undefined ? "" : `In use as the run ${point.usedAs}`);
    this.#showFacts(sweep, point);
    this.#showPayers(sweep, point, set);
  }

  #showFacts({ objective, swept }: SweepRecord, point: SweepPoint): void {
    const facts = (["validation", "test"] as const).flatMap((set) => {
      const measured = point[set];
      if (measured === null) return [];
      const { objective: reached, change, bounded } = measured;
      const told = `${metricName(objective)} ${withRange(reached, objective)}, ${changeWithRange(objective, change)} from the checkpoint; ${sweptName(swept)} ${withRange(bounded)}`;
      return [h("div", {}, h("dt", {}, `On ${set}`), h("dd", {}, told))];
    });
    this.#facts.replaceChildren(...facts);
  }

  #showPayers(sweep: SweepRecord, point: SweepPoint, set: Split): void {
    const payers = payersOf(sweep, point, set).filter(({ change }) => Math.abs(change) >= 0.0005);
    const losers = payers.filter(({ change }) => change < 0);
    const winners = payers.filter(({ change }) => change > 0).toReversed();
    const item = ({ name, before, after, change }: (typeof payers)[number]) =>
      h(
        "li",
        { class: change < 0 ? "loses" : "gains" },
        h("span", { class: "who" }, name),
        h("span", { class: "number" }, `${change < 0 ? "▼" : "▲"} ${points(change)}`),
        h("span", { class: "note" }, fromTo(before, after, 1)),
      );
    const listed = (some: typeof payers, words: string) => [
      ...some.slice(0, mostNamed).map(item),
      ...(some.length > mostNamed
        ? [h("li", { class: "note" }, `and ${some.length - mostNamed} more ${words}`)]
        : []),
    ];
    const nobody =
      losers.length === 0 ? [h("li", { class: "note" }, `Nobody's recall falls on ${set}.`)] : [];
    this.#payers.replaceChildren(...nobody, ...listed(losers, "lose"), ...listed(winners, "gain"));
    this.#payers.setAttribute("aria-label", `Recall on ${set} against the checkpoint's, in points`);
  }

  #ask(type: "use" | "setBound" | "showRecall"): void {
    post({ type, folder: this.#folder, point: this.#point });
  }
}
