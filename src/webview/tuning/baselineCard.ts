/** Whom the checkpoint fails before anything is tuned: the lowest recalls, each on a track with its interval. */
import type { TuningState } from "../../protocol/tuning.ts";
import { h } from "../shared/dom.ts";

type State = TuningState["baseline"];
type Row = Extract<NonNullable<State>, { kind: "known" }>["baseline"]["classes"][number];

export class BaselineCard {
  readonly element = h("section", {
    class: "baseline",
    "aria-label": "Before tuning",
    "data-testid": "baseline",
  });
  #shown: string | null = null;

  show(state: State): void {
    this.element.hidden = state === null;
    const key = JSON.stringify(state);
    if (state === null || key === this.#shown) return;
    this.#shown = key;
    this.element.replaceChildren(
      ...(state.kind === "failed" ? failed(state.message) : known(state.baseline)),
    );
  }
}

function failed(message: string): HTMLElement[] {
  return [h("p", { class: "label" }, "Not measured"), h("p", { class: "sentence" }, message)];
}

function known({
  title,
  classes,
  groups,
  advice,
}: Extract<NonNullable<State>, { kind: "known" }>["baseline"]): HTMLElement[] {
  return [
    h("p", { class: "label" }, title),
    h("ul", { class: "recalls", "aria-label": "Lowest classes" }, ...classes.map(row)),
    ...(groups.length > 0
      ? [h("ul", { class: "recalls", "aria-label": "Lowest classes in a group" }, ...groups.map(row))]
      : []),
    h("p", { class: "sentence" }, advice),
  ];
}

function row({ name, recall, text, detail }: Row): HTMLElement {
  const interval = h("div", { class: "interval" });
  interval.style.left = `${100 * recall.low}%`;
  interval.style.width = `${100 * (recall.high - recall.low)}%`;
  const value = h("div", { class: "point" });
  value.style.left = `${100 * recall.value}%`;
  return h(
    "li",
    {},
    h("span", { class: "name" }, name),
    h("span", { class: "share" }, text),
    h("div", { class: "scale", "aria-hidden": "true" }, interval, value),
    h("span", { class: "detail" }, detail),
  );
}
