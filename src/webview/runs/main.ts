/** The table of runs: sorted by a click, looked through by a word, two to six compared, one used; above it the worst class over all of them. */
import "../shared/strictPolicy.ts";
import "../shared/panel.css";
import "./runs.css";
import type { RunAction, RunRow } from "../../protocol/runsTable.ts";
import { counted } from "../../words/numbers.ts";
import { h, setText } from "../shared/dom.ts";
import { tickMenu } from "../shared/menu.ts";
import { button } from "../shared/toolkit.ts";
import {
  matches,
  newestFirst,
  type Order,
  ordered,
  type RunColumn,
  runColumns,
  shownColumns,
} from "./columns.ts";
import { keep, kept, listen, post } from "./host.ts";
import { rowElement } from "./rows.ts";
import { TrendSection } from "./trendSection.ts";

const mostCompared = 6;

let rows: readonly RunRow[] = [];
/** Ids of the columns that a person chose; null where nobody did. */
let columns: readonly string[] | null = null;
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
const sweepButton = button("Sweep a grid…", () => post({ type: "sweepGrid" }), {
  title: "Tune every combination of objectives, checkpoints and seeds",
});
const columnMenu = tickMenu("Columns", runColumns.slice(1), (ticked) => {
  columns = ticked;
  post({ type: "columns", columns: ticked });
  // What is not seen cannot be what the rows are ordered by.
  if (!ticked.includes(order.column) && order.column !== runColumns[0]?.id) order = newestFirst;
  changed();
});
const trend = new TrendSection((folder) => act("show", folder));
const count = h("p", { class: "sentence", role: "status" });
const head = h("thead", { role: "rowgroup" });
const body = h("tbody", { role: "rowgroup" });
const table = h(
  "div",
  { class: "table-scroll runs", tabindex: "0", role: "region", "aria-label": "Runs, table" },
  h("table", { role: "table" }, h("caption", { class: "unseen" }, "Runs"), head, body),
);
const empty = h("p", { class: "empty" }, "No run yet: tune a checkpoint, and its run shows here.");

const app = document.getElementById("app") ?? document.body;
app.append(
  h(
    "header",
    { class: "page-head" },
    h("div", {}, h("h1", {}, "Runs"), count),
    h("div", { class: "actions" }, search, columnMenu.element, compareButton, sweepButton),
  ),
  h("main", {}, empty, trend.element, table),
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

function headCell({ id, label, numeric }: RunColumn): HTMLElement {
  const sorted = order.column === id;
  const direction = order.falling ? "descending" : "ascending";
  const sign = sorted ? (order.falling ? " ▼" : " ▲") : "";
  return h(
    "th",
    {
      ...{ scope: "col", role: "columnheader", class: numeric ? "number" : "" },
      "aria-sort": sorted ? direction : "none",
    },
    h(
      "button",
      { type: "button", class: "plain sort", "data-column": id, click: () => sortBy(id) },
      label,
      sign,
    ),
  );
}

function compareStands(): void {
  compareButton.toggleAttribute("disabled", chosen.size < 2 || chosen.size > mostCompared);
}

function row(one: RunRow, shown: readonly RunColumn[]): HTMLElement {
  return rowElement(one, {
    columns: shown,
    chosen: chosen.has(one.folder),
    choose: (on) => {
      if (on) chosen.add(one.folder);
      else chosen.delete(one.folder);
      compareStands();
    },
    act: (action) => act(action, one.folder),
  });
}

function render(): void {
  const focused =
    document.activeElement instanceof HTMLElement ? document.activeElement.dataset.column : undefined;
  for (const folder of chosen) if (!rows.some((one) => one.folder === folder)) chosen.delete(folder);
  const found = ordered(rows, order).filter((one) => matches(one, search.value));
  const shown = shownColumns(columns, rows);
  columnMenu.set(shown.map(({ id }) => id));
  const blank = () => h("td", { role: "cell", class: "marks" });
  head.replaceChildren(h("tr", { role: "row" }, blank(), ...shown.map(headCell), blank()));
  body.replaceChildren(...found.map((one) => row(one, shown)));
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
  columns = message.columns;
  trend.show(rows.filter(({ task }) => task !== true));
  render();
});
