/** The axes of a plot: ticks with their lines and words, shared by lines and scatters. */
import type { Scale } from "../shared/scale.ts";
import { type Frame, type Item, line, shorten, type TextItem, text } from "../shared/scene.ts";

/** Where a plot is drawn, and how its values get there. */
export interface Plot {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly x: Scale;
  readonly y: Scale;
}

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Values as ticks. */
export function labelled(values: readonly number[], show: (value: number) => string): Tick[] {
  return values.map((value) => ({ value, label: show(value) }));
}

/** The room that labels take left of a plot. */
export function leftOf(yTicks: readonly Tick[], frame: Frame): number {
  return Math.max(...yTicks.map(({ label }) => frame.measure(label))) + 10;
}

const labelSize = 0.85;

const quiet = (x: number, y: number, content: string, anchor: TextItem["anchor"]) =>
  text(x, y, content, { paint: "muted", anchor, size: labelSize });

/** Lines across at the y ticks, and down at the x ticks if asked for; every tick's label; the name of the x axis. */
export function axes(
  { x, y, left, right, top, bottom }: Plot,
  frame: Frame,
  ticks: { readonly x: readonly Tick[]; readonly y: readonly Tick[]; readonly down: boolean },
  xLabel: string,
): Item[] {
  // A long label at the end of the axis stays whole.
  const halfOf = (label: string) => 0.5 * labelSize * frame.measure(label) + 1;
  const below = (lines: number) => bottom + frame.fontSize * lines;
  return [
    ...ticks.y.flatMap(({ value, label }) => [
      line([left, y.at(value), right, y.at(value)], "grid"),
      quiet(left - 6, y.at(value), label, "end"),
    ]),
    ...ticks.x.flatMap(({ value, label }) => [
      ...(ticks.down ? [line([x.at(value), top, x.at(value), bottom], "grid")] : []),
      quiet(Math.min(x.at(value), frame.width - halfOf(label)), below(1), label, "middle"),
    ]),
    quiet(right, below(2.2), shorten(xLabel, frame.width, frame), "end"),
  ];
}
