/** Lines over the cycles of a run, each in a small plot of its own, all on the same axes. */
import { type Movement, type Picture, stepInList, type Table } from "../shared/picture.ts";
import { linear, nearest, type Scale, ticks } from "../shared/scale.ts";
import { type Box, boldWidth, type Frame, type Item, line, mark, text, wrapText } from "../shared/scene.ts";
import { axes, labelled, leftOf, type Plot, type Tick } from "./axes.ts";
import { ListedPicture } from "./listedPicture.ts";
import { thinLine } from "./thin.ts";

export interface Small {
  readonly name: string;
  /** What it comes to, beside its name. */
  readonly told: string;
  /** A value for each x, or null. */
  readonly values: readonly (number | null)[];
}

export interface MultiplesOptions {
  readonly title: string;
  readonly fileStem: string;
  readonly sentence: string;
  readonly x: readonly number[];
  readonly xLabel: string;
  readonly plots: readonly Small[];
  readonly show: (value: number) => string;
  /** A point that stands out in every plot, by index into x. */
  readonly chosen: number | null;
  readonly read: (plot: number, index: number) => string;
  readonly table: () => Table;
}

const plotHeight = 74;
const narrowestPlot = 230;
const gap = 26;

interface Layout {
  readonly columns: number;
  readonly width: number;
  readonly rowHeight: number;
  readonly titleHeight: number;
  readonly yTicks: readonly Tick[];
  readonly low: number;
  readonly high: number;
  readonly left: number;
}

export class MultiplesPicture extends ListedPicture<MultiplesOptions> implements Picture {
  constructor(options: MultiplesOptions) {
    super(options, options.plots.length * options.x.length);
  }

  height(frame: Frame): number {
    const { columns, rowHeight } = this.layout(frame);
    return Math.ceil(this.options.plots.length / columns) * rowHeight + frame.fontSize;
  }

  read(index: number): string {
    const { x, read } = this.options;
    return read(Math.floor(index / x.length), index % x.length);
  }

  /** Left and right along a line, up and down to the same cycle of another. */
  override step(index: number, key: Movement): number {
    const { x, plots } = this.options;
    const [plot, at] = [Math.floor(index / x.length), index % x.length];
    if (key === "ArrowUp" || key === "ArrowDown") return stepInList(plot, key, plots.length) * x.length + at;
    return plot * x.length + stepInList(at, key, x.length);
  }

  locate(frame: Frame, index: number): Box {
    const { x } = this.options;
    const plot = this.plot(frame, Math.floor(index / x.length));
    const at = plot.x.at(x[index % x.length] ?? 0);
    return { x: at - 3, y: plot.top, width: 7, height: plot.bottom - plot.top };
  }

  at(frame: Frame, px: number, py: number): number {
    const { x, plots } = this.options;
    for (let place = 0; place < plots.length; place += 1) {
      const plot = this.plot(frame, place);
      if (py < plot.top - 8 || py > plot.bottom + 8 || px < plot.left || px > plot.right + 8) continue;
      return place * x.length + nearest(x, plot.x.invert(px));
    }
    return -1;
  }

  build(frame: Frame): Item[] {
    return this.options.plots.flatMap((_, place) => this.draw(frame, place));
  }

  private layout(frame: Frame): Layout {
    const { plots, show } = this.options;
    const values = plots.flatMap((plot) => plot.values.filter((value) => value !== null));
    const low = values.reduce((least, value) => Math.min(least, value), 0);
    const high = values.reduce((most, value) => Math.max(most, value), low + 1e-6);
    const margin = 0.06 * (high - low);
    const yTicks = labelled(ticks(low, high, 3), show);
    const columns = Math.max(
      1,
      Math.min(plots.length, Math.floor((frame.width + gap) / (narrowestPlot + gap))),
    );
    const width = (frame.width - (columns - 1) * gap) / columns;
    const lines = plots.reduce((most, plot) => Math.max(most, titleOf(plot, width, frame).length), 1);
    const titleHeight = lines * frame.fontSize * 1.3 + 6;
    const rowHeight = titleHeight + plotHeight + frame.fontSize * 3.4;
    return {
      ...{ columns, width, rowHeight, titleHeight, yTicks },
      ...{ low: low - margin, high: high + margin, left: leftOf(yTicks, frame) },
    };
  }

  private plot(frame: Frame, place: number): Plot & { readonly x: Scale; readonly start: number } {
    const { columns, width, rowHeight, titleHeight, low, high, left: labels } = this.layout(frame);
    const { x } = this.options;
    const start = (place % columns) * (width + gap);
    const top = Math.floor(place / columns) * rowHeight + titleHeight;
    const [left, right, bottom] = [start + labels, start + width - 14, top + plotHeight];
    return {
      ...{ top, bottom, left, right, start },
      x: linear(x[0] ?? 0, x.at(-1) ?? 1, left + 2, right),
      y: linear(low, high, bottom, top),
    };
  }

  private draw(frame: Frame, place: number): Item[] {
    const { plots, x, xLabel, chosen } = this.options;
    const small = plots[place];
    if (small === undefined) return [];
    const plot = this.plot(frame, place);
    const { width, yTicks, titleHeight } = this.layout(frame);
    const across = ticks(plot.x.low, plot.x.high, 3).filter(Number.isInteger);
    const title = titleOf(small, width, frame).map((words, at, lines) =>
      text(plot.start, plot.top - titleHeight + frame.fontSize * (0.7 + 1.3 * at), words, {
        bold: at < lines.length - 1,
      }),
    );
    const marks = { x: labelled(across, (value) => value.toLocaleString("en-US")), y: yTicks, down: false };
    // One plot has the name of the axis: it is that of all.
    const drawn = axes(plot, frame, marks, place === plots.length - 1 ? xLabel : "");
    const kept = chosen === null ? [] : this.chosen(chosen, small, plot);
    return [...title, ...drawn, ...linesOf(small, x, plot), ...kept];
  }

  private chosen(index: number, { values }: Small, { x, y, top, bottom }: Plot): Item[] {
    const at = x.at(this.options.x[index] ?? 0);
    const value = values[index];
    return [
      line([at, top, at, bottom], "foreground", { dash: [3, 3] }),
      ...(value == null ? [] : [mark("diamond", at, y.at(value), 3.5, "foreground")]),
    ];
  }
}

/** The whole name, on as many lines as it takes, and what it comes to. */
function titleOf({ name, told }: Small, width: number, frame: Frame): string[] {
  return [...wrapText(name, width / boldWidth, frame), told];
}

function linesOf({ values }: Small, xs: readonly number[], { x, y }: Plot): Item[] {
  const points = values.flatMap((value, index) =>
    value === null ? [] : [x.at(xs[index] ?? 0), y.at(value)],
  );
  return points.length < 4 ? [] : [line(thinLine(points), "series1", { width: 1.75 })];
}
