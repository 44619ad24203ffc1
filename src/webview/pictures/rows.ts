/** Rows of marks on a shared axis: recall, coverage, metrics, controls and runs all look alike. */
import type { Paint } from "../shared/palette.ts";
import type { Picture, Table } from "../shared/picture.ts";
import { linear, type Scale, ticks } from "../shared/scale.ts";
import {
  type Box,
  boldWidth,
  type Frame,
  type Item,
  line,
  rect,
  shorten,
  shortenName,
  text,
} from "../shared/scene.ts";
import { type LegendEntry, type Look, legend, legendHeight } from "./legend.ts";
import { ListedPicture } from "./listedPicture.ts";
import { type Bound, type RowMark, rowMarks } from "./rowMarks.ts";

export interface Row {
  readonly name: string;
  /** A short remark beside the name. */
  readonly tag: string;
  /** Marks by column. */
  readonly cells: readonly (readonly RowMark[])[];
  readonly bounds: readonly Bound[];
  /** What stands at the right end, and a shorter one for where that leaves the name no room. */
  readonly text: string;
  readonly brief?: string;
  readonly paint: Paint;
  /** Said when the row is pointed at; only then is it put into words. */
  readonly reading: () => string;
}

export interface RowsOptions {
  readonly title: string;
  readonly fileStem: string;
  readonly sentence: string;
  readonly rows: readonly Row[];
  readonly looks: readonly Look[];
  /** Names of columns side by side; one empty name when there is just one. */
  readonly columns: readonly string[];
  readonly low: number;
  readonly high: number;
  readonly show: (value: number) => string;
  /** Draw the way from the first mark to the last one (`change`), lines down the rows (`profile`), or neither. */
  readonly connect: "profile" | "none";
  readonly intervals: boolean;
  readonly table: () => Table;
}

const narrowWidth = 460;
const columnGap = 44;
const tagGap = 8;
/** A name that does not fit beside its tag is left this much room, in letters' heights; without it, the tag goes. */
const shortestName = 8;

interface Layout {
  readonly stacked: boolean;
  readonly brief: boolean;
  readonly header: number;
  readonly legend: number;
  readonly rowHeight: number;
  readonly nameWidth: number;
  readonly textWidth: number;
  readonly scales: readonly Scale[];
}

export class RowsPicture extends ListedPicture<RowsOptions> implements Picture {
  constructor(options: RowsOptions) {
    super(options, options.rows.length);
  }

  height(frame: Frame): number {
    const layout = this.layout(frame);
    return layout.header + layout.rowHeight * this.options.rows.length + 6;
  }

  locate(frame: Frame, index: number): Box {
    const { header, rowHeight } = this.layout(frame);
    return { x: 0, y: header + index * rowHeight, width: frame.width, height: rowHeight };
  }

  at(frame: Frame, _x: number, y: number): number {
    const { header, rowHeight } = this.layout(frame);
    const index = Math.floor((y - header) / rowHeight);
    return index >= 0 && index < this.points ? index : -1;
  }

  read(index: number): string {
    return this.options.rows[index]?.reading() ?? "";
  }

  build(frame: Frame, from: number, to: number): Item[] {
    const layout = this.layout(frame);
    const { rows } = this.options;
    const first = Math.max(0, Math.floor((from - layout.header) / layout.rowHeight) - 1);
    const last = Math.min(rows.length - 1, Math.ceil((to - layout.header) / layout.rowHeight));
    const items: Item[] = this.grid(layout, from, Math.min(to, this.height(frame) - 4));
    if (this.options.connect === "profile" && !layout.stacked)
      items.push(...this.profiles(layout, first, last));
    for (let index = first; index <= last; index += 1) {
      const row = rows[index];
      if (row !== undefined)
        items.push(...this.row(row, layout.header + index * layout.rowHeight, layout, frame));
    }
    items.push(...this.head(layout, from, frame));
    return items;
  }

  private layout(frame: Frame): Layout {
    const { rows, columns, low, high } = this.options;
    const stacked =
      frame.width < narrowWidth || (columns.length > 1 && frame.width < 190 * columns.length + 240);
    const line = Math.round(frame.fontSize * 1.75);
    // The longest by letters is measured, not every one: a thousand names cost nothing.
    const widest = (texts: readonly string[]) =>
      texts.reduce((longest, each) => (each.length > longest.length ? each : longest), "");
    const names = frame.measure(widest(rows.map((row) => row.name + row.tag))) * 1.08 + 2 * tagGap;
    const full = frame.measure(widest(rows.map((row) => row.text))) + 10;
    const brief = stacked ? names + full > frame.width : full > 0.4 * frame.width;
    const textWidth = brief ? frame.measure(widest(rows.map((row) => row.brief ?? row.text))) + 10 : full;
    const nameWidth = stacked ? 4 : Math.min(names, 0.36 * frame.width);
    const legendSpace = legendHeight(this.legendEntries(), frame);
    const left = stacked ? 10 : nameWidth + 12;
    const right = frame.width - (stacked ? 22 : textWidth + 12);
    const across = stacked ? 1 : columns.length;
    const width = (right - left - (across - 1) * columnGap) / across;
    const scales = columns.map((_, index) => {
      const start = left + (stacked ? 0 : index * (width + columnGap));
      return linear(low, high, start, start + Math.max(10, width));
    });
    const header = legendSpace + line + (columns.length > 1 && !stacked ? line : 0);
    const rowHeight = stacked ? line + columns.length * Math.round(frame.fontSize * 1.25) + 2 : line;
    return { stacked, brief, header, legend: legendSpace, rowHeight, nameWidth, textWidth, scales };
  }

  private legendEntries(): LegendEntry[] {
    const { looks, rows, intervals } = this.options;
    const entries: LegendEntry[] = looks.map((look) => ({ look, as: "mark" }));
    const last = looks.at(-1);
    if (intervals && last !== undefined) {
      entries.push({ look: { ...last, label: "95 % interval" }, as: "band" });
    }
    const bounded = rows.find((row) => row.bounds.length > 0);
    if (bounded !== undefined) {
      entries.push({
        look: { label: "constraint", paint: "warning", shape: "bar", filled: true, dash: [] },
        as: "bound",
      });
    }
    return entries;
  }

  private tickValues(layout: Layout): number[] {
    const { low, high } = this.options;
    const scale = layout.scales[0];
    const width = scale === undefined ? 0 : scale.at(high) - scale.at(low);
    return ticks(low, high, Math.max(2, Math.min(10, Math.floor(width / 64))));
  }

  private grid(layout: Layout, from: number, to: number): Item[] {
    const top = Math.max(from, layout.header - 4);
    return layout.scales.flatMap((scale) =>
      this.tickValues(layout).map((tick) => line([scale.at(tick), top, scale.at(tick), to], "grid")),
    );
  }

  /** Axis, legend and column names: they stay in sight while the rows scroll under them. */
  private head(layout: Layout, from: number, frame: Frame): Item[] {
    const { columns, show } = this.options;
    const stuck = from > layout.legend;
    const top = stuck ? from - layout.legend : 0;
    const items: Item[] = [];
    if (stuck)
      items.push(
        rect({ x: 0, y: from, width: frame.width, height: layout.header - layout.legend }, "background"),
      );
    else items.push(...legend(this.legendEntries(), frame, 0));
    const y = top + layout.header - frame.fontSize * 0.85;
    const axes = layout.stacked ? layout.scales.slice(0, 1) : layout.scales;
    axes.forEach((scale, index) => {
      const name = columns[index] ?? "";
      if (columns.length > 1 && !layout.stacked) {
        const start = scale.at(scale.low);
        const next = axes[index + 1];
        const end = next === undefined ? frame.width : next.at(next.low);
        const room = (end - start - frame.fontSize / 2) / boldWidth;
        items.push(text(start, y - frame.fontSize * 1.6, shorten(name, room, frame), { bold: true }));
      }
      for (const tick of this.tickValues(layout)) {
        items.push(text(scale.at(tick), y, show(tick), { paint: "muted", anchor: "middle", size: 0.85 }));
      }
    });
    return items;
  }

  private profiles(layout: Layout, first: number, last: number): Item[] {
    const { rows, looks } = this.options;
    return looks.flatMap((look, series) => {
      const points: number[] = [];
      for (let index = first; index <= last; index += 1) {
        const found = rows[index]?.cells[0]?.find((each) => each.series === series);
        const scale = layout.scales[0];
        if (found?.value == null || scale === undefined) continue;
        points.push(
          scale.at(found.value),
          this.markHeight(layout.header + index * layout.rowHeight, 0, layout),
        );
      }
      return points.length < 4
        ? []
        : [line(points, look.paint, { width: 1.25, dash: look.dash, opacity: 0.7 })];
    });
  }

  private markHeight(top: number, column: number, layout: Layout): number {
    if (!layout.stacked) return top + layout.rowHeight / 2;
    const count = this.options.columns.length;
    const line = Math.round((layout.rowHeight * 1.75) / (1.75 + 1.25 * count));
    return top + line - 2 + ((layout.rowHeight - line) / count) * (column + 0.5);
  }

  private row(row: Row, top: number, layout: Layout, frame: Frame): Item[] {
    const items: Item[] = [];
    const textY = layout.stacked ? top + frame.fontSize * 0.95 : top + layout.rowHeight / 2;
    const room = layout.stacked ? frame.width - layout.textWidth - 20 : layout.nameWidth;
    const wanted = row.tag === "" ? 0 : frame.measure(row.tag) * 0.85 + tagGap;
    const beside = room - wanted - 2;
    const crowded = beside < Math.min(frame.measure(row.name), shortestName * frame.fontSize);
    const tagWidth = crowded ? 0 : wanted;
    const name = shortenName(row.name, room - tagWidth - 2, frame);
    items.push(text(2, textY, name));
    if (tagWidth > 0) {
      items.push(text(2 + frame.measure(name) + tagGap, textY, row.tag, { paint: "muted", size: 0.85 }));
    }
    const told = layout.brief ? (row.brief ?? row.text) : row.text;
    items.push(text(frame.width - 4, textY, told, { anchor: "end", paint: row.paint }));
    const { looks } = this.options;
    row.cells.forEach((marks, column) => {
      const scale = layout.scales[column];
      if (scale === undefined) return;
      const y = this.markHeight(top, column, layout);
      items.push(...rowMarks(marks, row.bounds, scale, y, looks));
      if (layout.stacked && this.options.columns.length > 1) {
        const label = shorten(this.options.columns[column] ?? "", 0.3 * frame.width, frame);
        items.push(text(2, y, label, { paint: "muted", size: 0.8 }));
      }
    });
    return items;
  }
}
