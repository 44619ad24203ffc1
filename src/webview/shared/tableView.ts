/** A table on the page: the twin of a picture. Long ones are shown in pieces, so that a thousand classes stay quick. */
import { h } from "./dom.ts";
import type { Palette } from "./palette.ts";
import { type Column, showCell, type Table } from "./picture.ts";
import type { Shape } from "./scene.ts";
import { button } from "./toolkit.ts";

const piece = 200;

/** The marks of pictures as signs. */
const signs: Readonly<Record<Shape, string>> = {
  circle: "●",
  square: "■",
  triangle: "▲",
  diamond: "◆",
  triangleDown: "▼",
  cross: "✚",
  bar: "▮",
};

/** The mark that a column has in pictures, in its colour. */
function markOf({ look }: Column, palette: Palette | null): HTMLElement | null {
  if (look === undefined || palette === null) return null;
  const mark = h("span", { "aria-hidden": "true" }, `${signs[look.shape]} `);
  mark.style.color = palette.css[look.paint];
  return mark;
}

function headerRow(table: Table, palette: Palette | null): HTMLElement {
  const cells = table.columns.map((column) =>
    h(
      "th",
      { scope: "col", class: column.show === undefined ? "" : "number" },
      markOf(column, palette),
      column.label,
    ),
  );
  return h("thead", {}, h("tr", {}, ...cells));
}

function bodyRow(table: Table, row: Table["rows"][number]): HTMLElement {
  const cells = table.columns.map((column, index) => {
    const shown = showCell(column, row[index]);
    return index === 0
      ? h("th", { scope: "row" }, shown)
      : h("td", { class: column.show === undefined ? "" : "number" }, shown);
  });
  return h("tr", {}, ...cells);
}

/** Builds the table in a region that scrolls by itself. @param palette for columns that are drawn in pictures */
export function tableView(table: Table, palette: Palette | null = null): HTMLElement {
  const body = h("tbody");
  let shown = 0;
  const more = h("p", { class: "more" });
  const extend = () => {
    body.append(...table.rows.slice(shown, shown + piece).map((row) => bodyRow(table, row)));
    shown = Math.min(table.rows.length, shown + piece);
    more.replaceChildren();
    if (shown < table.rows.length) {
      more.append(`${shown} of ${table.rows.length} rows. `, button("Show more rows", extend));
    }
  };
  extend();
  return h(
    "div",
    { class: "table-scroll", tabindex: "0", role: "region", "aria-label": `${table.caption}, table` },
    h("table", {}, h("caption", {}, table.caption), headerRow(table, palette), body),
    more,
  );
}
