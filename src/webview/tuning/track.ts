/** A bar that fills: a share of the work that is done, or that work goes on where nobody knows how much there is. */
import { h } from "../shared/dom.ts";

export class Track {
  readonly element: HTMLElement;
  readonly #bar = h("div", { class: "bar" });

  constructor(label: string) {
    this.element = h(
      "div",
      { class: "track", role: "progressbar", "aria-label": label, "aria-valuemin": "0" },
      this.#bar,
    );
  }

  /** @param of 0 where the end is not known */
  show(done: number, of: number, text: string): void {
    this.element.setAttribute("aria-valuemax", `${of}`);
    this.element.setAttribute("aria-valuenow", `${done}`);
    this.element.setAttribute("aria-valuetext", text);
    this.element.classList.toggle("endless", of === 0);
    this.#bar.style.transform = `scaleX(${of > 0 ? Math.min(1, done / of) : 1})`;
  }
}
