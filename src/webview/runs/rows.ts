/** A row of the table of runs, and what can be done with its run. */
import type { RunAction, RunRow } from "../../protocol/runsTable.ts";
import { h } from "../shared/dom.ts";
import { button } from "../shared/toolkit.ts";
import type { RunColumn } from "./columns.ts";

export interface RowOptions {
  readonly columns: readonly RunColumn[];
  /** Whether it is chosen for a comparison. */
  readonly chosen: boolean;
  readonly choose: (on: boolean) => void;
  readonly act: (action: RunAction) => void;
}

// Where a row is drawn as a block, it stays a row for who does not see it.
export function rowElement(row: RunRow, { columns, chosen, choose, act }: RowOptions): HTMLElement {
  const { folder, canUse, inPlace, tone, task = false } = row;
  const action = (label: string, what: RunAction) => button(label, () => act(what));
  return h(
    "tr",
    { role: "row", "data-folder": folder },
    h("td", { role: "cell", class: "marks" }, ...(task ? [] : marks(row, { chosen, choose, act }))),
    ...columns.map((column, at) =>
      cell(column, row, at === 0, task && tone === null ? null : () => act("show")),
    ),
    h(
      "td",
      { role: "cell", class: "row-actions" },
      ...(canUse ? [action("Use…", "use")] : []),
      ...(inPlace ? [action("Discard", "discard")] : []),
    ),
  );
}

/** @param open what a click on it does where it names the run; null where there is nothing to open */
function cell(column: RunColumn, row: RunRow, names: boolean, open: (() => void) | null): HTMLElement {
  const [shown, more] = [column.shown(row), column.more(row)];
  const tone = column.id === "verdict" && row.tone !== null ? `tone ${row.tone}` : "";
  const text =
    names && open
      ? h("button", { type: "button", class: "plain link", click: open }, shown)
      : h("div", { class: tone }, shown);
  const parts = [text, ...(more === "" ? [] : [h("div", { class: "note" }, more)])];
  if (names) return h("th", { scope: "row", role: "rowheader" }, ...parts);
  const kind = `${column.numeric ? "number" : ""}${shown === "" ? " blank" : ""}`;
  return h(
    "td",
    { role: "cell", class: kind.trim(), "data-column": column.id, "data-label": column.label },
    h("div", { class: "value" }, ...parts),
  );
}

function marks(row: RunRow, { chosen, choose, act }: Omit<RowOptions, "columns">) {
  const { pinned, tone } = row;
  const name = row.name || row.checkpoint;
  const tick = h("input", {
    type: "checkbox",
    checked: chosen,
    disabled: tone === null,
    "aria-label": `Choose ${name} for a comparison`,
    change: () => choose(tick.checked),
  });
  const pin = h(
    "button",
    {
      ...{ type: "button", class: "plain pin", title: pinned ? "Unpin" : "Pin: keep it whatever its age" },
      "aria-pressed": pinned ? "true" : "false",
      "aria-label": `Pin ${name}`,
      click: () => act(pinned ? "unpin" : "pin"),
    },
    pinned ? "★" : "☆",
  );
  const rename = h(
    "button",
    {
      ...{ type: "button", class: "plain pin", title: "Name it, or note something" },
      "aria-label": `Name ${name}`,
      click: () => act("name"),
    },
    "✎",
  );
  return [tick, pin, rename];
}
