/** The only file that knows the webview toolkit: registers its elements and wraps them, so that it can be replaced here. */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeRadio,
  vsCodeRadioGroup,
} from "@vscode/webview-ui-toolkit";
import { h, uniqueId } from "./dom.ts";

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeRadio(),
  vsCodeRadioGroup(),
);

/** A value out of a few, with its words. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

export interface Chooser<T extends string> {
  readonly element: HTMLElement;
  readonly value: T;
  set(value: T): void;
}

/** A button. Secondary ones are quiet. */
export function button(
  label: string,
  run: () => void,
  options: { primary?: boolean; title?: string } = {},
): HTMLElement {
  const element = h(
    "vscode-button",
    { appearance: options.primary === true ? "primary" : "secondary", click: run },
    label,
  );
  if (options.title !== undefined) element.title = options.title;
  return element;
}

function currentValue(element: HTMLElement): string {
  return "value" in element && typeof element.value === "string" ? element.value : "";
}

function setValue(element: HTMLElement, value: string): void {
  if ("value" in element) element.value = value;
}

/** A chooser whose choices may become fewer or more. */
export interface Dropdown<T extends string> extends Chooser<T> {
  /** Shows only these of its choices; where the chosen one is none of them, the one that it started with, or the first. */
  offer(values: readonly T[]): void;
}

/** A labelled drop-down list. */
export function dropdown<T extends string>(
  label: string,
  choices: readonly Choice<T>[],
  start: T,
  changed: (value: T) => void,
): Dropdown<T> {
  let offered = choices;
  const has = (value: string) => offered.find((choice) => choice.value === value)?.value;
  const find = (value: string) => has(value) ?? has(start) ?? offered[0]?.value ?? start;
  const options = (chosen: T) =>
    offered.map((choice) =>
      h("vscode-option", { value: choice.value, selected: choice.value === chosen }, choice.label),
    );
  const list = h(
    "vscode-dropdown",
    { "aria-label": label, change: () => changed(find(currentValue(list))) },
    ...options(start),
  );
  return {
    element: h("span", { class: "field" }, h("span", { "aria-hidden": "true" }, label), list),
    get value() {
      return find(currentValue(list));
    },
    set: (value) => setValue(list, value),
    offer(values) {
      const next = choices.filter(({ value }) => values.includes(value));
      if (next.length === 0 || next.length === offered.length) return;
      offered = next;
      const kept = find(currentValue(list));
      list.replaceChildren(...options(kept));
      setValue(list, kept);
    },
  };
}

/** A row of alternatives of which one holds. */
export function alternatives<T extends string>(
  label: string,
  choices: readonly Choice<T>[],
  start: T,
  changed: (value: T) => void,
): Chooser<T> {
  let current = start;
  const id = uniqueId("alternatives");
  const group = h(
    "vscode-radio-group",
    { "aria-label": label, name: id },
    ...choices.map((choice) =>
      h("vscode-radio", { value: choice.value, checked: choice.value === start }, choice.label),
    ),
  );
  group.addEventListener("change", () => {
    const next = choices.find((choice) => choice.value === currentValue(group))?.value;
    if (next === undefined || next === current) return;
    current = next;
    changed(next);
  });
  return {
    element: group,
    get value() {
      return current;
    },
    set(value) {
      current = value;
      setValue(group, value);
    },
  };
}

/** A drop-down list whose choices come and go. */
export interface Picker {
  readonly element: HTMLElement;
  /** Shows these choices and this value; the list is only rebuilt when it differs, so that focus stays. */
  update(choices: readonly Choice<string>[], value: string): void;
}

export function picker(label: string, changed: (value: string) => void): Picker {
  let known = "";
  let shown = "";
  const list = h("vscode-dropdown", {
    "aria-label": label,
    change: () => {
      const value = currentValue(list);
      if (value === shown) return;
      shown = value;
      changed(value);
    },
  });
  return {
    element: list,
    update(choices, value) {
      const wanted = JSON.stringify(choices);
      if (wanted !== known) {
        known = wanted;
        list.replaceChildren(
          ...choices.map((choice) =>
            h("vscode-option", { value: choice.value, selected: choice.value === value }, choice.label),
          ),
        );
      }
      shown = value;
      // The list learns of its options a turn later, and only then can it choose one.
      setTimeout(() => setValue(list, shown));
    },
  };
}

/** A box to tick. */
export interface Tick {
  readonly element: HTMLElement;
  set(on: boolean): void;
}

export function checkbox(label: string, changed: (on: boolean) => void): Tick {
  let current = false;
  const isOn = () => "checked" in box && box.checked === true;
  const box = h(
    "vscode-checkbox",
    {
      change: () => {
        if (isOn() === current) return;
        current = isOn();
        changed(current);
      },
    },
    label,
  );
  return {
    element: box,
    set(on) {
      current = on;
      if ("checked" in box && box.checked !== on) box.checked = on;
    },
  };
}
