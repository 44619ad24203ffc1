/** A quiet button that reads as a link. */
import { h } from "../shared/dom.ts";

export function link(label: string, run: () => void): HTMLElement {
  return h("button", { class: "plain link", type: "button", click: run }, label);
}
