/** What a sweep came to, for a person: a line for each bound, with what it costs the objective and whom. */

import { shortName } from "../metrics/catalogue.ts";
import type { SweepPoint, SweepRecord, SweptSet } from "../protocol/sweep.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import { bareValue, changeRangeText } from "../words/metricValues.ts";
import { listed } from "../words/names.ts";
import { duration, plain } from "../words/numbers.ts";
import {
  cautionsOf,
  measuredOn,
  payersOf,
  pricesText,
  referenceName,
  regionOf,
  standingOfPoint,
  sweepSet,
  sweepText,
  sweptBoundText,
  sweptName,
} from "../words/sweep.ts";
import { marked, relative, subject } from "./report.ts";
import { clip, padEnd, padStart, type Screen, widest, wrap } from "./terminal.ts";

const { text } = terminal;

export function sweepReport(sweep: SweepRecord, folder: string, screen: Screen): TerminalText {
  const { paint, columns } = screen;
  const name = folder.split(/[\\/]/).at(-1) ?? folder;
  const best = sweep.points.findLastIndex((point) => regionOf(point) === "keeps" && point.kept);
  const use =
    best < 0 || sweep.confidence !== null
      ? []
      : [
          terminal``,
          ...wrap(
            text(`selmix use ${name} --point ${best + 1} writes the head of point ${best + 1}.`),
            columns,
          ).map((line) => paint("dim", line)),
        ];
  return terminalLines([
    terminal`${paint("bold", subject(sweep))}: ${text(`${shortName(sweep.objective)} against ${sweptName(sweep.swept)}`)}`,
    ...wrap(text(sweepText(sweep)), columns),
    terminal``,
    ...table(sweep, screen),
    terminal``,
    ...references(sweep, screen),
    terminal``,
    ...[...cautionsOf(sweep), ...sweep.warnings].flatMap((note) =>
      marked(paint("yellow", terminal`!`), note, screen),
    ),
    ...use,
    terminal``,
    terminal`Took ${text(duration(sweep.seconds))}; kept in ${relative(folder)}`,
  ]);
}

/** "87.0 (+1.9, +1.2 to +2.6)": a value and its change from the checkpoint's, in points. */
function reached(metric: string, { objective, change }: SweptSet): TerminalText {
  return text(`${bareValue(metric, objective.value)} (${changeRangeText(metric, change)})`);
}

/** Screens from this width on have room for more than who pays most. */
const wideColumns = 110;

function table(sweep: SweepRecord, screen: Screen): TerminalText[] {
  const set = sweepSet(sweep);
  const rows = sweep.points.map((point, at) => ({ point, cells: cellsOf(sweep, point, at, screen) }));
  const title = [
    terminal`#`,
    terminal`Bound`,
    terminal`val.`,
    text(`${set} (change)`),
    terminal`Stands`,
    screen.columns < wideColumns ? terminal`Who pays most` : terminal`Who pays`,
  ];
  const widths = title.map((head, column) =>
    widest([head, ...rows.map(({ cells }) => cells[column] ?? terminal``)]),
  );
  const numbers = 4;
  const line = (cells: readonly TerminalText[]) =>
    terminal.join(
      cells.map((cell, at) => (at < numbers ? padStart : padEnd)(cell, widths[at] ?? 0)),
      terminal`  `,
    );
  return [
    screen.paint("dim", clip(line(title), screen.columns)),
    ...rows.map(({ point, cells }) => {
      const shown = clip(line(cells), screen.columns);
      const region = regionOf(point);
      return region === "keeps" ? shown : screen.paint(region === "unsure" ? "yellow" : "dim", shown);
    }),
  ];
}

function cellsOf(sweep: SweepRecord, point: SweepPoint, at: number, { columns }: Screen): TerminalText[] {
  const set = sweepSet(sweep);
  const { mark, word } = standingOfPoint(point);
  const payers = payersOf(sweep, point, set);
  const who = columns < wideColumns ? payers.slice(0, 1) : payers;
  return [
    text(`${at + 1}`),
    text(sweptBoundText(sweep.swept, point.bound)),
    text(bareValue(sweep.objective, point.validation.objective.value)),
    reached(sweep.objective, measuredOn(point, set)),
    text(`${mark} ${word}`),
    text(pricesText(who, 3)),
  ];
}

/** What is had without the bound. */
function references(sweep: SweepRecord, { columns }: Screen): TerminalText[] {
  const set = sweepSet(sweep);
  const each = sweep.references.map((reference) => {
    const { objective, bounded } = measuredOn(reference, set);
    const value = bounded.value === null ? "n/a" : plain(100 * bounded.value, 1);
    return `${referenceName(reference)} ${bareValue(sweep.objective, objective.value)} at ${value}`;
  });
  return wrap(text(`Without the bound, % on ${set}: ${listed(each, each.length)}.`), columns);
}
