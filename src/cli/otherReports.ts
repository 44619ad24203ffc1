/** What controls, inspect and backends print for a person. */
import { type ObjectiveId, shortName } from "../metrics/catalogue.ts";
import type { JobResult } from "../protocol/engine.ts";
import { baselinesOn } from "../words/baselines.ts";
import { missedText } from "../words/constraints.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import { duration } from "../words/numbers.ts";
import { evaluationOn, shownSet, valueIn } from "../words/sets.ts";
import { labelled, percentCell, relative, subject } from "./report.ts";
import { clip, padEnd, padStart, type Screen, widest } from "./terminal.ts";

const { text } = terminal;

export function controlsReport(
  result: JobResult<"controls">,
  objective: ObjectiveId,
  screen: Screen,
): TerminalText {
  const set = shownSet(result.before);
  const checkpoint = {
    name: "The checkpoint",
    evaluation: evaluationOn(result.before, set),
    description: "As it is.",
    satisfied: true,
  };
  const rows = [checkpoint, ...baselinesOn(result.controls, set)];
  const nameWidth = widest(rows.map(({ name }) => text(name)));
  return terminalLines([
    terminal`${screen.paint("bold", subject(result))}: ${text(`${shortName(objective)} on ${set}`)}, %`,
    terminal``,
    ...rows.map(({ name, evaluation, description, satisfied }) => {
      const value = padStart(percentCell(valueIn(evaluation, objective)), 5);
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

export function inspectReport(result: JobResult<"inspect">, screen: Screen): TerminalText {
  const { head } = result;
  const rows = result.tensors.map(({ name, shape, type }) => ({
    cells: [text(name), text(`[${shape.join(", ")}]`), text(type)] as const,
    ofHead: head !== null && (name === head.weight || name === head.bias),
  }));
  const [names, shapes] = [
    widest(rows.map(({ cells }) => cells[0])),
    widest(rows.map(({ cells }) => cells[1])),
  ];
  const lines = rows.map(({ cells: [name, shape, type], ofHead }) => {
    const line = clip(terminal`${padEnd(name, names)}  ${padEnd(shape, shapes)}  ${type}`, screen.columns);
    return ofHead ? screen.paint("green", line) : line;
  });
  const told = head
    ? `${head.weight}${head.bias ? ` and ${head.bias}` : ", no bias"}: ${head.classes} classes of ${head.size} features; ${head.reason}`
    : (result.headProblem ?? "none found");
  return terminalLines([
    terminal`${screen.paint("bold", relative(result.checkpoint))} (${text(result.format)})`,
    terminal``,
    ...lines,
    terminal``,
    ...labelled(terminal`Head`, text(told), screen),
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
