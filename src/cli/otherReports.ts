/** What evaluate, controls, inspect and backends print for a person. */

import { headlineIds, type ObjectiveId, shortName } from "../metrics/catalogue.ts";
import type { JobResult } from "../protocol/engine.ts";
import { type SplitEvaluation, valueIn } from "../protocol/records.ts";
import { duration } from "./progress.ts";
import { labelled, percent, relative } from "./report.ts";
import { bar, clip, padEnd, padStart, type Screen } from "./terminal.ts";

export function evaluateReport(result: JobResult<"evaluate">, screen: Screen): string {
  const { evaluation, buckets } = result;
  const { validation, test } = evaluation;
  const shown = test ?? validation;
  const nameWidth = Math.min(
    Math.max(6, ...buckets.map(({ name }) => name.length)),
    Math.floor(screen.columns / 3),
  );
  const barWidth = Math.min(36, screen.columns - nameWidth - 22);
  const rows = buckets.map(({ name }, b) => {
    const recall = shown.recall[b] ?? null;
    const bars = barWidth < 8 ? "" : `  ${bar(recall ?? 0, barWidth)}`;
    const value = recall === null ? "-" : percent(recall);
    return `${padEnd(clip(name, nameWidth), nameWidth)}${bars}  ${padStart(value, 6)}  ${padStart(`${shown.support[b] ?? 0}`, 8)}`;
  });
  const head = `${padEnd("Class", nameWidth)}${barWidth < 8 ? "" : " ".repeat(barWidth + 2)}  recall   samples`;
  const metrics = headlineIds.flatMap((metric) => {
    const value = shown[metric];
    return value === undefined ? [] : [`${padEnd(shortName(metric), 16)}  ${padStart(percent(value), 6)}`];
  });
  return lines([
    `${screen.paint("bold", relative(result.checkpoint))} on ${test ? "test" : "validation"}, %`,
    "",
    screen.paint("dim", clip(head, screen.columns)),
    ...rows,
    "",
    ...metrics,
  ]);
}

export function controlsReport(
  result: JobResult<"controls">,
  objective: ObjectiveId,
  screen: Screen,
): string {
  const value = ({ validation, test }: SplitEvaluation) => valueIn(test ?? validation, objective);
  const set = result.before.test ? "test" : "validation";
  const rows = [
    { name: "The checkpoint", value: value(result.before), description: "As it is.", seconds: 0 },
    ...result.controls.map((control) => ({ ...control, value: value(control.evaluation) })),
  ];
  const nameWidth = Math.max(...rows.map(({ name }) => name.length));
  return lines([
    `${screen.paint("bold", relative(result.checkpoint))}: ${shortName(objective)} on ${set}, %`,
    "",
    ...rows.map((row) =>
      clip(
        `${padEnd(row.name, nameWidth)}  ${padStart(percent(row.value), 5)}  ${row.description}`,
        screen.columns,
      ),
    ),
    "",
    `Took ${duration(result.seconds)}.`,
  ]);
}

export function inspectReport(result: JobResult<"inspect">, screen: Screen): string {
  const rows = result.tensors.map(({ name, shape, type }) => [name, `[${shape.join(", ")}]`, type] as const);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length), 1));
  const { head } = result;
  return lines([
    `${screen.paint("bold", relative(result.checkpoint))} (${result.format})`,
    "",
    ...rows.map(([name, shape, type]) => {
      const line = clip(
        `${padEnd(name, widths[0] ?? 0)}  ${padEnd(shape, widths[1] ?? 0)}  ${type}`,
        screen.columns,
      );
      return head && (name === head.weight || name === head.bias) ? screen.paint("green", line) : line;
    }),
    "",
    ...(head
      ? labelled(
          "Head",
          `${head.weight}${head.bias ? ` and ${head.bias}` : ", no bias"}: ${head.classes} classes of ${head.size} features; ${head.reason}`,
          screen,
        )
      : labelled("Head", result.headProblem ?? "none found", screen)),
  ]);
}

export function backendsReport(result: JobResult<"backends">, screen: Screen): string {
  return lines(
    result.backends.flatMap(({ name, available, device, why }) => {
      const mark = available ? screen.paint("green", "✓") : screen.paint("dim", "·");
      return [
        `${mark} ${screen.paint("bold", name)}${device ? ` on ${device}` : ""}`,
        ...labelled("", why, screen),
      ];
    }),
  );
}

function lines(parts: readonly string[]): string {
  return `${parts.join("\n")}\n`;
}
