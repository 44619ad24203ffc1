/** What controls, inspect and backends print for a person. */

import { shortName } from "../metrics/catalogue.ts";
import { isCost } from "../metrics/composed.ts";
import type { JobResult } from "../protocol/engine.ts";
import { besideCheckpoint } from "../words/baselines.ts";
import { missedText } from "../words/constraints.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import { bareValue } from "../words/metricValues.ts";
import { duration } from "../words/numbers.ts";
import { valueIn } from "../words/sets.ts";
import { labelled, relative, subject } from "./report.ts";
import { clip, padEnd, padStart, type Screen, widest } from "./terminal.ts";

const { text } = terminal;
/** Columns that a tensor's name has at least. */
const leastName = 24;

export function controlsReport(
  result: JobResult<"controls">,
  objective: string,
  screen: Screen,
): TerminalText {
  const { set, methods: rows } = besideCheckpoint(result);
  const nameWidth = widest(rows.map(({ name }) => text(name)));
  return terminalLines([
    terminal`${screen.paint("bold", subject(result))}: ${text(`${shortName(objective)} on ${set}${isCost(objective) ? "" : ", %"}`)}`,
    terminal``,
    ...rows.map(({ name, evaluation, description, satisfied }) => {
      const value = padStart(text(bareValue(objective, valueIn(evaluation, objective))), 5);
      const limit = satisfied ? "" : `✗ ${missedText(satisfied)}. `;
      return clip(
        terminal`${padEnd(text(name), nameWidth)}  ${value}  ${text(limit + description)}`,
        screen.columns,
      );
    }),
    terminal``,
    ...result.notes.map(text),
    text(`Took ${duration(result.seconds)}.`),
  ]);
}

/** Tensors with shapes and types in full, whatever the width: where a line is too long, its name is cut. */
export function inspectReport(result: JobResult<"inspect">, screen: Screen): TerminalText {
  const { head, hook, headNotes = [] } = result;
  const shown = result.tensors.filter(({ shape }) => shape.length > 0);
  const rows = shown.map(({ name, shape, type }) => ({
    cells: [text(name), text(`[${shape.join(", ")}]`), text(type)] as const,
    ofHead: head !== null && (name === head.weight || name === head.bias),
  }));
  const [names, shapes, types] = [0, 1, 2].map((column) =>
    widest(rows.map(({ cells }) => cells[column] ?? text(""))),
  );
  const room = Math.max(leastName, screen.columns - (shapes ?? 0) - (types ?? 0) - 4);
  const width = Math.min(names ?? 0, room);
  const lines = rows.map(({ cells: [name, shape, type], ofHead }) => {
    const line = terminal`${padEnd(clip(name, width), width)}  ${padEnd(shape, shapes ?? 0)}  ${type}`;
    return ofHead ? screen.paint("green", line) : line;
  });
  const scalars = result.tensors.length - shown.length;
  const told = head
    ? `${head.weight}${head.bias ? ` and ${head.bias}` : ", no bias"}: ${head.classes} classes of ${head.size} features; ${head.reason}`
    : (result.headProblem ?? "none found");
  return terminalLines([
    terminal`${screen.paint("bold", relative(result.checkpoint))} (${text(result.format)})`,
    terminal``,
    ...lines,
    ...(scalars > 0 ? [text(`and ${scalars} single ${scalars === 1 ? "number" : "numbers"}`)] : []),
    terminal``,
    ...labelled(terminal`Head`, text(told), screen),
    ...headNotes.flatMap((note) => labelled(terminal``, text(note), screen)),
    // In one piece, to be copied.
    ...(hook === undefined
      ? []
      : [terminal``, text("What enters it, the features:"), terminal`  ${text(hook)}`]),
  ]);
}

export function backendsReport(result: JobResult<"backends">, screen: Screen): TerminalText {
  return terminalLines(
    result.backends.flatMap(({ name, available, device, why }) => {
      const mark = available ? screen.paint("green", terminal`✓`) : screen.paint("dim", terminal`·`);
      return [
        terminal`${mark} ${screen.paint("bold", text(name))}${text(device ? ` on ${device}` : "")}`,
        ...labelled(terminal``, text(why), screen),
      ];
    }),
  );
}
