/** Lines over the cycles of a run, or over runs. */
import type { Picture, Table } from "../shared/picture.ts";
import { linear, nearest, ticks } from "../shared/scale.ts";
import { area, type Box, type Frame, type Item, line, mark, rect, shorten, text } from "../shared/scene.ts";
import { axes, labelled, leftOf, type Plot, type Tick } from "./axes.ts";
import { type LegendEntry, type Look, legend, legendHeight } from "./legend.ts";
import { ListedPicture } from "./listedPicture.ts";
import { thinLine } from "./thin.ts";

export interface Series {
  readonly look: Look;
  /** A value for each x, or null. */
  readonly values: readonly (number | null)[];
  /** The interval around each value, where it is known. */
  readonly limits?: readonly (Limits | null)[];
}

interface Limits {
  readonly low: number;
  readonly high: number;
}

export interface LinesOptions {
  readonly title: string;
  readonly fileStem: string;
  readonly sentence: string;
  readonly x: readonly number[];
  readonly xLabel: string;
  /** What stands at a whole number of the x axis; the number where nothing is said. */
  readonly nameX?: (x: number) => string;
  /** Whether every value has a mark: each is something by itself. */
  readonly marked?: boolean;
  readonly series: readonly Series[];
  readonly show: (value: number) => string;
  /** The y axis reaches at least over these. */
  readonly include: readonly number[];
  /** A point that stands out, by index into x, with what it is. */
  readonly chosen: { readonly index: number; readonly label: string } | null;
  /** Indices where the background warns, with what it means. */
  readonly shaded: { readonly indices: readonly number[]; readonly label: string };
  readonly read: (index: number) => string;
  readonly table: () => Table;
}

const plotHeight = 190;
/** Room for the words at a tick. */
const tickRoom = 80;

interface Layout extends Plot {
  readonly yTicks: readonly Tick[];
}

export class LinesPicture extends ListedPicture<LinesOptions> implements Picture {
  constructor(options: LinesOptions) {
    super(options, options.x.length);
  }

  height(frame: Frame): number {
    return legendHeight(this.legendEntries(), frame) + plotHeight + frame.fontSize * 4.2;
  }

  read(index: number): string {
    return this.options.read(index);
  }

  locate(frame: Frame, index: number): Box {
    const { x, top, bottom } = this.layout(frame);
    return { x: x.at(this.options.x[index] ?? 0) - 3, y: top, width: 7, height: bottom - top };
  }

  at(frame: Frame, px: number, py: number): number {
    const { x, top, bottom } = this.layout(frame);
    if (py < top - 8 || py > bottom + 24 || this.points === 0) return -1;
    return nearest(this.options.x, x.invert(px));
  }

  build(frame: Frame): Item[] {
    const layout = this.layout(frame);
    return [
      ...legend(this.legendEntries(), frame, 0),
      ...this.shade(layout),
      ...this.axes(layout, frame),
      ...this.options.series.flatMap((series) => this.band(series, layout)),
      ...this.options.series.flatMap((series) => this.series(series, layout)),
      ...this.chosen(layout, frame),
    ];
  }

  private legendEntries(): LegendEntry[] {
    const { series, shaded } = this.options;
    const entries: LegendEntry[] = series.length < 2 ? [] : series.map(({ look }) => ({ look, as: "line" }));
    const banded = series.findLast(({ limits }) => limits?.some((one) => one !== null));
    if (banded) entries.push({ look: { ...banded.look, label: "95 % interval" }, as: "band" });
    if (shaded.indices.length > 0) {
      entries.push({
        look: { label: shaded.label, paint: "warning", shape: "square", filled: true, dash: [] },
        as: "band",
      });
    }
    return entries;
  }

  private layout(frame: Frame): Layout {
    const { series, include, x, show } = this.options;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    const reach = (value: number | null) => {
      if (value === null || !Number.isFinite(value)) return;
      low = Math.min(low, value);
      high = Math.max(high, value);
    };
    include.forEach(reach);
    for (const { values, limits } of series) {
      values.forEach(reach);
      for (const { low: from, high: to } of (limits ?? []).filter((one) => one !== null)) {
        reach(from);
        reach(to);
      }
    }
    if (!(high >= low)) [low, high] = [0, 1];
    const margin = (high - low || Math.abs(high) || 1) * 0.06;
    const yTicks = labelled(ticks(low - margin, high + margin, 5), show);
    const top = legendHeight(this.legendEntries(), frame) + frame.fontSize * 1.5;
    const bottom = top + plotHeight;
    const left = leftOf(yTicks, frame);
    const right = frame.width - 18;
    return {
      top,
      bottom,
      left,
      right,
      x: linear(x[0] ?? 0, x.at(-1) ?? 1, left + 4, right),
      y: linear(low - margin, high + margin, bottom, top),
      yTicks,
    };
  }

  private axes(layout: Layout, frame: Frame): Item[] {
    const { x, left, right, top, bottom, yTicks } = layout;
    const { nameX = (value: number) => value.toLocaleString("en-US") } = this.options;
    const across = ticks(x.low, x.high, Math.max(2, Math.floor((right - left) / tickRoom))).filter(
      Number.isInteger,
    );
    const xTicks = labelled(across, (value) => shorten(nameX(value), tickRoom * 1.1, frame));
    return [
      ...axes(layout, frame, { x: xTicks, y: yTicks, down: false }, this.options.xLabel),
      line([left, top, left, bottom], "grid"),
    ];
  }

  private shade({ x, top, bottom, right, left }: Layout): Item[] {
    const { x: xs, shaded } = this.options;
    const items: Item[] = [];
    const edge = (index: number, other: number) =>
      Math.max(left, Math.min(right, x.at(((xs[index] ?? 0) + (xs[other] ?? xs[index] ?? 0)) / 2)));
    for (let at = 0; at < shaded.indices.length; ) {
      const first = shaded.indices[at] ?? 0;
      let last = first;
      while (shaded.indices[at + 1] === last + 1) {
        at += 1;
        last += 1;
      }
      at += 1;
      const from = edge(first, first - 1);
      items.push(
        rect(
          { x: from, y: top, width: Math.max(1, edge(last, last + 1) - from), height: bottom - top },
          "warning",
          { opacity: 0.14 },
        ),
      );
    }
    return items;
  }

  /** The intervals of neighbours make a band, one that stands alone a line. */
  private band({ look, limits = [] }: Series, { x, y }: Layout): Item[] {
    const items: Item[] = [];
    let stretch: { at: number; low: number; high: number }[] = [];
    const flush = () => {
      const [first] = stretch;
      const above = stretch.flatMap(({ at, high }) => [at, high]);
      const below = stretch.toReversed().flatMap(({ at, low }) => [at, low]);
      if (stretch.length > 1) items.push(area([...above, ...below], look.paint, 0.18));
      else if (first) items.push(line([...above, ...below], look.paint, { width: 1.25, opacity: 0.7 }));
      stretch = [];
    };
    limits.forEach((one, index) => {
      if (one === null) flush();
      else stretch.push({ at: x.at(this.options.x[index] ?? 0), low: y.at(one.low), high: y.at(one.high) });
    });
    flush();
    return items;
  }

  private series({ look, values }: Series, { x, y }: Layout): Item[] {
    const items: Item[] = [];
    let points: number[] = [];
    const flush = () => {
      if (points.length >= 4)
        items.push(line(thinLine(points), look.paint, { width: 1.75, dash: look.dash }));
      else if (points.length === 2)
        items.push(mark(look.shape, points[0] ?? 0, points[1] ?? 0, 2.5, look.paint));
      points = [];
    };
    values.forEach((value, index) => {
      if (value === null) flush();
      else points.push(x.at(this.options.x[index] ?? 0), y.at(value));
    });
    flush();
    // A few marks on each line tell series apart without colour.
    if (this.options.series.length > 1) {
      const every = this.options.marked ? 1 : Math.max(1, Math.floor(values.length / 6));
      for (let index = Math.floor(every / 2); index < values.length; index += every) {
        const value = values[index];
        if (value != null)
          items.push(
            mark(look.shape, x.at(this.options.x[index] ?? 0), y.at(value), 3, look.paint, look.filled),
          );
      }
    }
    return items;
  }

  private chosen({ x, y, top, bottom, right }: Layout, frame: Frame): Item[] {
    const { chosen, series, x: xs } = this.options;
    if (chosen === null) return [];
    const at = x.at(xs[chosen.index] ?? 0);
    const value = series[0]?.values[chosen.index];
    const atEnd = at + frame.measure(chosen.label) + 8 > right;
    return [
      line([at, top, at, bottom], "foreground", { dash: [3, 3] }),
      text(at + (atEnd ? -6 : 6), top - frame.fontSize * 0.75, chosen.label, {
        anchor: atEnd ? "end" : "start",
      }),
      ...(value == null ? [] : [mark("diamond", at, y.at(value), 5, "foreground")]),
    ];
  }
}
