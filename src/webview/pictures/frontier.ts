/** A curve of points along a bound, with the interval of each, what is had beside it, and where nobody can say or nothing is. */
import type { Picture, Table } from "../shared/picture.ts";
import { linear, tickDigits, ticks } from "../shared/scale.ts";
import { type Box, type Frame, type Item, line, mark, rect, shorten, text } from "../shared/scene.ts";
import { axes, labelled, leftOf, type Plot, type Tick } from "./axes.ts";
import { hatched } from "./hatch.ts";
import { type LegendEntry, type Look, legend, legendHeight } from "./legend.ts";
import { ListedPicture } from "./listedPicture.ts";

export interface FrontierPoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  readonly region: "keeps" | "unsure" | "infeasible";
  readonly reading: string;
}

/** A head that stands beside the curve. */
export interface FrontierReference {
  readonly x: number;
  readonly y: number;
  readonly look: Look;
}

export interface FrontierOptions {
  readonly title: string;
  readonly fileStem: string;
  readonly sentence: string;
  /** From left to right. */
  readonly points: readonly FrontierPoint[];
  readonly references: readonly FrontierReference[];
  /** The point that is looked at; -1 for none. */
  readonly chosen: number;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curveLabel: string;
  readonly regionLabels: { readonly unsure: string; readonly infeasible: string };
  readonly show: (value: number, digits: number) => string;
  readonly showY: (value: number, digits: number) => string;
  readonly table: () => Table;
}

const plotHeight = 260;

interface Layout extends Plot {
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
}

const curveLook = (label: string): Look => ({
  label,
  paint: "after",
  shape: "circle",
  filled: true,
  dash: [],
});

export class FrontierPicture extends ListedPicture<FrontierOptions> implements Picture {
  readonly first: number;

  constructor(options: FrontierOptions) {
    super(options, options.points.length);
    this.first = Math.max(0, options.chosen);
  }

  height(frame: Frame): number {
    return legendHeight(this.legendEntries(), frame) + plotHeight + frame.fontSize * 4.6;
  }

  read(index: number): string {
    return this.options.points[index]?.reading ?? "";
  }

  locate(frame: Frame, index: number): Box {
    const point = this.options.points[index];
    if (point === undefined) return { x: 0, y: 0, width: 0, height: 0 };
    const { x, top, bottom } = this.layout(frame);
    return { x: x.at(point.x) - 7, y: top, width: 14, height: bottom - top };
  }

  at(frame: Frame, px: number, py: number): number {
    const { x, top, bottom } = this.layout(frame);
    if (py < top - 8 || py > bottom + 24) return -1;
    let [best, nearest] = [-1, Number.POSITIVE_INFINITY];
    this.options.points.forEach((point, index) => {
      const distance = Math.abs(x.at(point.x) - px);
      if (distance < nearest) [best, nearest] = [index, distance];
    });
    return best;
  }

  build(frame: Frame): Item[] {
    const layout = this.layout(frame);
    const { xTicks, yTicks, top } = layout;
    return [
      ...legend(this.legendEntries(), frame, 0),
      ...this.regions(layout),
      ...axes(layout, frame, { x: xTicks, y: yTicks, down: false }, this.options.xLabel),
      text(4, top - frame.fontSize * 0.9, shorten(this.options.yLabel, frame.width, frame), {
        paint: "muted",
        size: 0.85,
      }),
      ...this.band(layout),
      ...this.curve(layout),
      ...this.chosen(layout),
      ...this.references(layout),
    ];
  }

  private legendEntries(): LegendEntry[] {
    const { points, references, curveLabel, regionLabels } = this.options;
    const curve = curveLook(curveLabel);
    const has = (region: FrontierPoint["region"]) => points.some((point) => point.region === region);
    const region = (label: string, as: LegendEntry["as"]): LegendEntry => ({
      look: { label, paint: "warning", shape: "square", filled: true, dash: [] },
      as,
    });
    return [
      { look: curve, as: "line" },
      { look: { ...curve, label: "95 % interval" }, as: "band" },
      ...(has("unsure") ? [region(regionLabels.unsure, "hatch")] : []),
      ...(has("infeasible") ? [region(regionLabels.infeasible, "crosshatch")] : []),
      ...references.map(({ look }): LegendEntry => ({ look, as: "mark" })),
    ];
  }

  private layout(frame: Frame): Layout {
    const { points, references, show, showY } = this.options;
    const [lowX, highX] = reach(
      [...points, ...references].map(({ x }) => x),
      0.04,
    );
    const [lowY, highY] = reach(
      [...points.flatMap(({ low, high, y }) => [low, high, y]), ...references.map(({ y }) => y)],
      0.08,
    );
    const roundTicks = (low: number, high: number, wanted: number, told = show): Tick[] => {
      const values = ticks(low, high, wanted);
      const digits = tickDigits(values.map((value) => 100 * value));
      return labelled(values, (value) => told(value, digits));
    };
    const yTicks = roundTicks(lowY, highY, 5, showY);
    const top = legendHeight(this.legendEntries(), frame) + frame.fontSize * 1.8;
    const bottom = top + plotHeight;
    const left = leftOf(yTicks, frame);
    const right = frame.width - 18;
    const across = Math.max(2, Math.floor((right - left) / 80));
    return {
      ...{ top, bottom, left, right, yTicks },
      x: linear(lowX, highX, left + 4, right),
      y: linear(lowY, highY, bottom, top),
      xTicks: roundTicks(lowX, highX, across),
    };
  }

  /** From where to where a point stands for the bounds around it. */
  private span(index: number, { x, left, right }: Layout): [number, number] {
    const { points } = this.options;
    const own = x.at(points[index]?.x ?? 0);
    const [before, after] = [points[index - 1], points[index + 1]];
    const from = before === undefined ? left : (x.at(before.x) + own) / 2;
    const to = after === undefined ? right : (x.at(after.x) + own) / 2;
    const most = 40;
    return [
      before === undefined ? Math.max(left, own - most) : from,
      after === undefined ? Math.min(right, own + most) : to,
    ];
  }

  private regions(layout: Layout): Item[] {
    const { points } = this.options;
    const items: Item[] = [];
    for (let first = 0; first < points.length; ) {
      const region = points[first]?.region;
      let last = first;
      while (points[last + 1]?.region === region) last += 1;
      if (region !== undefined && region !== "keeps") {
        const [from] = this.span(first, layout);
        const [, to] = this.span(last, layout);
        const box = { x: from, y: layout.top, width: to - from, height: layout.bottom - layout.top };
        items.push(...hatched(box, "warning", region === "infeasible"));
      }
      first = last + 1;
    }
    return items;
  }

  private band(layout: Layout): Item[] {
    return this.options.points.flatMap(({ low, high, region }, index) => {
      if (region === "infeasible") return [];
      const [from, to] = this.span(index, layout);
      const [top, bottom] = [layout.y.at(high), layout.y.at(low)];
      return [rect({ x: from, y: top, width: to - from, height: bottom - top }, "after", { opacity: 0.22 })];
    });
  }

  private curve({ x, y }: Layout): Item[] {
    const { points } = this.options;
    const items: Item[] = [];
    points.forEach((point, index) => {
      const before = points[index - 1];
      if (before === undefined) return;
      const sure = point.region === "keeps" && before.region === "keeps";
      const way = [x.at(before.x), y.at(before.y), x.at(point.x), y.at(point.y)];
      items.push(line(way, "after", { width: 1.75, dash: sure ? [] : [4, 4] }));
    });
    for (const { x: atX, y: atY, region } of points) {
      const shape = region === "infeasible" ? "cross" : "circle";
      items.push(mark(shape, x.at(atX), y.at(atY), 4.5, "after", region === "keeps"));
    }
    return items;
  }

  private chosen({ x, y, top, bottom }: Layout): Item[] {
    const point = this.options.points[this.options.chosen];
    if (point === undefined) return [];
    const at = x.at(point.x);
    return [
      line([at, top, at, bottom], "foreground", { dash: [3, 3] }),
      mark("diamond", at, y.at(point.y), 6, "foreground"),
    ];
  }

  private references({ x, y }: Layout): Item[] {
    return this.options.references.map((reference) => {
      const { shape, paint, filled } = reference.look;
      return mark(shape, x.at(reference.x), y.at(reference.y), 5.5, paint, filled);
    });
  }
}

/** The ends of an axis over some values, with a share of them as margin. */
function reach(values: readonly number[], share: number): [number, number] {
  if (values.length === 0) return [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const margin = (high - low || 0.1) * share;
  return [low - margin, high + margin];
}
