/** Small menus that open under a button; Escape and leaving them close them. */
import { h } from "./dom.ts";

export interface MenuEntry {
  readonly label: string;
  readonly run: () => void | Promise<void>;
}

/** A menu of things to do; choosing one closes it. @param name what assistive technology calls its button */
export function entriesMenu(label: string, name: string, entries: readonly MenuEntry[]): HTMLElement {
  const { element, summary, items } = menu(label, name);
  for (const { label: entry, run } of entries) {
    const choose = async () => {
      element.open = false;
      summary.focus();
      await run();
    };
    items.append(h("button", { type: "button", class: "plain menu-item", click: choose }, entry));
  }
  return element;
}

export interface TickEntry {
  readonly id: string;
  readonly label: string;
}

/** A menu of boxes to tick, which stays open while they are ticked. */
export interface TickMenu {
  readonly element: HTMLElement;
  /** Shows which are ticked. */
  set(ticked: readonly string[]): void;
}

export function tickMenu(
  label: string,
  entries: readonly TickEntry[],
  changed: (ticked: string[]) => void,
): TickMenu {
  const { element, items } = menu(label, label);
  const boxes = entries.map(({ id, label: entry }) => {
    const box = h("input", {
      type: "checkbox",
      change: () => changed(boxes.filter(({ checked }) => checked).map((one) => one.name)),
    });
    box.name = id;
    items.append(h("label", { class: "menu-item" }, box, entry));
    return box;
  });
  return {
    element,
    set(ticked) {
      for (const box of boxes) box.checked = ticked.includes(box.name);
    },
  };
}

function menu(label: string, name: string) {
  const summary = h("summary", { "aria-label": name }, label);
  // Takes the focus of a click between its entries, which would else leave the menu.
  const items = h("div", { class: "menu-items", tabindex: "-1" });
  const element = h("details", { class: "menu" }, summary, items);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    element.open = false;
    summary.focus();
  });
  element.addEventListener("focusout", (event) => {
    if (!(event.relatedTarget instanceof Node && element.contains(event.relatedTarget))) element.open = false;
  });
  return { element, summary, items };
}
