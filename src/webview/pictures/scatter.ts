/** Points of two measures against each other. */
import type { Picture, Table } from "../shared/picture.ts";
import { linear, tickDigits, ticks } from "../shared/scale.ts";
import { type Box, type Frame, type Item, line, mark, shorten, text } from "../shared/scene.ts";
import { axes, labelled, leftOf, type Plot, type Tick } from "./axes.ts";
import { type Look, legend, legendHeight } from "./legend.ts";
import { ListedPicture } from "./listedPicture.ts";
import { Places } from "./thin.ts";

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  readonly look: Look;
  /** Written beside the point; may be empty. */
  readonly label: string;
  readonly reading: string;
}

export interface ScatterOptions {
  readonly title: string;
  readonly fileStem: string;
  readonly sentence: string;
  readonly points: readonly ScatterPoint[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** Writes a tick with the digits that tell it from its neighbours. */
  readonly showX: (value: number, digits: number) => string;
  readonly showY: (value: number, digits: number) => string;
  /** Draw the lines where x and y are 0. */
  readonly zeroLines: boolean;
  /** Fit the axes to most points; the few far ones are drawn at the edge as triangles. */
  readonly robust: boolean;
  readonly looks: readonly Look[];
  readonly table: () => Table;
}

const plotHeight = 220;

interface Layout extends Plot {
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
}

/** Round values as ticks, with the digits that tell them apart. */
function roundTicks(low: number, high: number, wanted: number, show: ScatterOptions["showX"]): Tick[] {
  const values = ticks(low, high, wanted);
  const digits = tickDigits(values);
  return labelled(values, (value) => show(value, digits));
}

function reach(values: readonly number[], zero: boolean, robust: boolean): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const far = robust && sorted.length >= 20 ? Math.ceil(sorted.length * 0.02) : 0;
  const all = sorted.slice(far, sorted.length - far);
  if (zero) all.push(0);
  if (all.length === 0) return [0, 1];
  const low = all.reduce((a, b) => Math.min(a, b));
  const high = all.reduce((a, b) => Math.max(a, b));
  const margin = (high - low || Math.abs(high) || 1) * 0.1;
  return [low - margin, high + margin];
}

/** Where a point is drawn; one outside the axes at their edge. */
function placed(point: ScatterPoint, { x, y, left, right, top, bottom }: Layout) {
  const atX = Math.max(left, Math.min(right, x.at(point.x)));
  const atY = Math.max(top, Math.min(bottom, y.at(point.y)));
  return { x: atX, y: atY, far: Math.abs(atX - x.at(point.x)) + Math.abs(atY - y.at(point.y)) > 0.5 };
}

export class ScatterPicture extends ListedPicture<ScatterOptions> implements Picture {
  constructor(options: ScatterOptions) {
    super(options, options.points.length);
  }

  height(frame: Frame): number {
    return this.legendHeight(frame) + plotHeight + frame.fontSize * 4.4;
  }

  read(index: number): string {
    return this.options.points[index]?.reading ?? "";
  }

  locate(frame: Frame, index: number): Box {
    const point = this.options.points[index];
    if (point === undefined) return { x: 0, y: 0, width: 0, height: 0 };
    const { x, y } = placed(point, this.layout(frame));
    return { x: x - 7, y: y - 7, width: 14, height: 14 };
  }

  at(frame: Frame, px: number, py: number): number {
    const layout = this.layout(frame);
    let best = -1;
    let nearest = 14 * 14;
    this.options.points.forEach((point, index) => {
      const { x, y } = placed(point, layout);
      const distance = (x - px) ** 2 + (y - py) ** 2;
      if (distance < nearest) {
        nearest = distance;
        best = index;
      }
    });
    return best;
  }

  build(frame: Frame): Item[] {
    const layout = this.layout(frame);
    const { points, looks, zeroLines } = this.options;
    const { x, y, left, right, top, bottom } = layout;
    const items: Item[] = [...this.legend(frame), ...this.axes(layout, frame)];
    if (zeroLines) {
      items.push(
        line([x.at(0), top, x.at(0), bottom], "muted"),
        line([left, y.at(0), right, y.at(0)], "muted"),
      );
    }
    const radius = looks.length > 0 ? 5 : 3;
    const places = new Places();
    for (const point of points) {
      const { x: atX, y: atY, far } = placed(point, layout);
      const { shape, paint, filled } = point.look;
      if (!places.take(`${shape} ${paint} ${filled} ${far}`, atX, atY)) continue;
      items.push(mark(far ? "triangle" : shape, atX, atY, far ? radius + 1 : radius, paint, filled));
    }
    return [...items, ...this.labels(layout, frame)];
  }

  /** Points so close that their labels would lie over one another share one. */
  private labels(layout: Layout, frame: Frame): Item[] {
    const shared: { x: number; y: number; label: string }[] = [];
    for (const point of this.options.points) {
      if (point.label === "") continue;
      const { x, y } = placed(point, layout);
      const near = shared.find(
        (other) =>
          Math.abs(other.y - y) < frame.fontSize &&
          Math.abs(other.x - x) < frame.measure(other.label) + frame.fontSize,
      );
      if (near === undefined) shared.push({ x, y, label: point.label });
      else near.label += `, ${point.label}`;
    }
    return shared.map(({ x, y, label }) => {
      const toLeft = x + frame.measure(label) + 12 > layout.right;
      return text(x + (toLeft ? -10 : 10), y, label, { anchor: toLeft ? "end" : "start" });
    });
  }

  private entries() {
    return this.options.looks.map((look) => ({ look, as: "mark" as const }));
  }

  private legendHeight(frame: Frame): number {
    return legendHeight(this.entries(), frame);
  }

  private legend(frame: Frame): Item[] {
    return legend(this.entries(), frame, 0);
  }

  private layout(frame: Frame): Layout {
    const { points, showX, showY, zeroLines, robust } = this.options;
    const [lowX, highX] = reach(
      points.map((point) => point.x),
      zeroLines,
      robust,
    );
    const [lowY, highY] = reach(
      points.map((point) => point.y),
      zeroLines,
      robust,
    );
    const yTicks = roundTicks(lowY, highY, 5, showY);
    const top = this.legendHeight(frame) + frame.fontSize * 1.8;
    const bottom = top + plotHeight;
    const left = leftOf(yTicks, frame);
    const right = frame.width - 12;
    return {
      top,
      bottom,
      left,
      right,
      x: linear(lowX, highX, left, right),
      y: linear(lowY, highY, bottom, top),
      xTicks: roundTicks(lowX, highX, Math.max(2, Math.floor((right - left) / 90)), showX),
      yTicks,
    };
  }

  private axes(layout: Layout, frame: Frame): Item[] {
    const { xLabel, yLabel } = this.options;
    const above = shorten(yLabel, frame.width, frame);
    return [
      ...axes(layout, frame, { x: layout.xTicks, y: layout.yTicks, down: true }, xLabel),
      text(4, layout.top - frame.fontSize * 0.9, above, { paint: "muted", size: 0.85 }),
    ];
  }
}
