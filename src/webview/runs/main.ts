/** The table of runs: sorted by a click, looked through by a word, two to six compared, one used. */
import "../shared/strictPolicy.ts";
import "../shared/panel.css";
import "./runs.css";
import type { RunAction, RunRow } from "../../protocol/runsTable.ts";
import { counted } from "../../words/numbers.ts";
import { h, setText } from "../shared/dom.ts";
import { button } from "../shared/toolkit.ts";
import { keep, kept, listen, post } from "./host.ts";
import { matches, newestFirst, type Order, ordered, runColumns } from "./sorting.ts";

const mostCompared = 6;

let rows: readonly RunRow[] = [];
let order: Order = kept()?.order ?? newestFirst;
const chosen = new Set<string>();
const act = (action: RunAction, folder: string) => post({ type: "act", action, folder });

const search = h("input", {
  type: "search",
  class: "search",
  placeholder: "Find in runs",
  "aria-label": "Find in runs",
  value: kept()?.sought ?? "",
  input: () => changed(),
});
const compareButton = button("Compare", () => {
  post({ type: "compare", folders: [...chosen] });
});
const count = h("p", { class: "sentence", role: "status" });
const head = h("thead");
const body = h("tbody");
const table = h(
  "div",
  { class: "table-scroll runs", tabindex: "0", role: "region", "aria-label": "Runs, table" },
  h("table", {}, h("caption", { class: "unseen" }, "Runs"), head, body),
);
const empty = h("p", { class: "empty" }, "No run yet: tune a checkpoint, and its run shows here.");

const app = document.getElementById("app") ?? document.body;
app.append(
  h(
    "header",
    { class: "page-head" },
    h("div", {}, h("h1", {}, "Runs"), count),
    h("div", { class: "actions" }, search, compareButton),
  ),
  h("main", {}, empty, table),
);

function changed(): void {
  keep({ order, sought: search.value });
  render();
}

function sortBy(column: string): void {
  const falling = runColumns.find(({ id }) => id === column)?.falling ?? false;
  order = { column, falling: order.column === column ? !order.falling : falling };
  changed();
}

function headCell({ id, label, numeric }: (typeof runColumns)[number]): HTMLElement {
  const sorted = order.column === id;
  const direction = order.falling ? "descending" : "ascending";
  const sign = sorted ? (order.falling ? " ▼" : " ▲") : "";
  return h(
    "th",
    { scope: "col", class: numeric ? "number" : "", "aria-sort": sorted ? direction : "none" },
    h("button", { type: "button", class: "sort", "data-column": id, click: () => sortBy(id) }, label, sign),
  );
}

function rowElement(row: RunRow): HTMLElement {
  const { folder, pinned, canUse, inPlace, tone } = row;
  const name = row.name || row.checkpoint;
  const tick = h("input", {
    type: "checkbox",
    checked: chosen.has(folder),
    disabled: tone === null,
    "aria-label": `Choose ${name} for a comparison`,
    change: () => {
      if (chosen.has(folder)) chosen.delete(folder);
      else chosen.add(folder);
      compareStands();
    },
  });
  const pin = h(
    "button",
    {
      ...{ type: "button", class: "pin", title: pinned ? "Unpin" : "Pin: keep it whatever its age" },
      "aria-pressed": pinned ? "true" : "false",
      "aria-label": `Pin ${name}`,
      click: () => act(pinned ? "unpin" : "pin", folder),
    },
    pinned ? "★" : "☆",
  );
  const cells = shownColumns().map((column, at) => {
    const shown = column.shown(row);
    const text =
      at === 0
        ? h("button", { type: "button", class: "link", click: () => act("show", folder) }, shown)
        : h("div", column.id === "verdict" && tone !== null ? { class: `tone ${tone}` } : {}, shown);
    const more = column.more(row);
    const parts = [text, ...(more === "" ? [] : [h("div", { class: "note" }, more)])];
    const kind = column.numeric ? "number" : "";
    return at === 0 ? h("th", { scope: "row" }, ...parts) : h("td", { class: kind }, ...parts);
  });
  const action = (label: string, what: RunAction) => button(label, () => act(what, folder));
  const rename = h(
    "button",
    {
      ...{ type: "button", class: "pin", title: "Name it, or note something" },
      "aria-label": `Name ${name}`,
      click: () => act("name", folder),
    },
    "✎",
  );
  return h(
    "tr",
    { "data-folder": folder },
    h("td", { class: "marks" }, tick, pin, rename),
    ...cells,
    h(
      "td",
      { class: "row-actions" },
      ...(canUse ? [action("Use…", "use")] : []),
      ...(inPlace ? [action("Discard", "discard")] : []),
    ),
  );
}

/** All but bounds where no run has any. */
function shownColumns() {
  return runColumns.filter(({ id }) => id !== "bounds" || rows.some(({ bounds }) => bounds !== ""));
}

function compareStands(): void {
  compareButton.toggleAttribute("disabled", chosen.size < 2 || chosen.size > mostCompared);
}

function render(): void {
  const focused =
    document.activeElement instanceof HTMLElement ? document.activeElement.dataset.column : undefined;
  for (const folder of chosen) if (!rows.some((row) => row.folder === folder)) chosen.delete(folder);
  const found = ordered(rows, order).filter((row) => matches(row, search.value));
  head.replaceChildren(
    h("tr", {}, h("td", { class: "marks" }), ...shownColumns().map(headCell), h("td", {})),
  );
  body.replaceChildren(...found.map(rowElement));
  empty.hidden = rows.length > 0;
  table.hidden = rows.length === 0;
  const all = counted(rows.length, "run");
  setText(count, found.length === rows.length ? `${all}.` : `${found.length} of ${all}.`);
  compareStands();
  if (focused !== undefined) head.querySelector<HTMLElement>(`[data-column="${focused}"]`)?.focus();
  app.dataset.state = "shown";
}

listen((message) => {
  rows = message.rows;
  render();
});
