/** The table as Markdown, from whatever has been measured. */
import { type ObjectiveId, objectiveIds } from "../../src/protocol/records.ts";
import { columns } from "./columns.ts";
import type { Cell, Measurement, Measurements } from "./measurements.ts";

/** What "at least equal" leaves to chance. */
const SLACK = 0.003;

function mean(measured: readonly Measurement[], metric: "value" | "minCoverage" = "value"): number | null {
  if (measured.length === 0) return null;
  return measured.reduce((sum, each) => sum + each[metric], 0) / measured.length;
}

function percent(value: number | null): string {
  return value === null ? "" : (100 * value).toFixed(2);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function heading(titles: readonly string[]): string[] {
  return [row(titles), `|${"---|".repeat(titles.length)}`];
}

/** Objectives, columns and validation sizes in one table, and the rows of the coverage constraint in another. */
export function report(measurements: Measurements): string {
  const sizes = [...new Set(measurements.of({ column: "selmix" }).map((each) => each.size))].sort(
    (a, b) => a - b,
  );
  return [
    ...heading([
      "objective",
      "validation a class",
      ...columns.map(({ title }) => title),
      "against the better rival",
    ]),
    ...objectiveIds.flatMap((objective) => sizes.map((size) => objectiveRow(measurements, objective, size))),
    "",
    "Objective mean recall, constraint coverage >= 0.095 for every class:",
    "",
    ...heading(["validation a class", "min coverage", "mean recall", "mean recall unconstrained"]),
    ...sizes.map((size) => coverageRow(measurements, size)),
  ].join("\n");
}

function objectiveRow(measurements: Measurements, objective: ObjectiveId, size: number): string {
  const means = columns.map(({ id }) => {
    const part: Partial<Cell> = id === "checkpoint" ? { objective } : { objective, size };
    return mean(measurements.of({ ...part, column: id, constrained: false }));
  });
  const texts = columns.map(({ id }, at) =>
    id === "selmix" ? `**${percent(means[at])}**` : percent(means[at]),
  );
  return row([objective, String(size), ...texts, verdict(means)]);
}

function verdict(means: readonly (number | null)[]): string {
  const ours = means[columns.findIndex(({ id }) => id === "selmix")];
  const rivals = columns.flatMap(({ rival }, at) => (rival ? [means[at] ?? Number.NaN] : []));
  const margin = (ours ?? Number.NaN) - Math.max(...rivals);
  if (Number.isNaN(margin)) return "";
  const word = margin >= 0 ? "better" : margin >= -SLACK ? "equal within 0.3" : "behind";
  return `${margin >= 0 ? "+" : ""}${percent(margin)} ${word}`;
}

function coverageRow(measurements: Measurements, size: number): string {
  const of = (constrained: boolean) =>
    measurements.of({ column: "selmix", objective: "meanRecall", constrained, size });
  const coverage = mean(of(true), "minCoverage");
  return row([String(size), coverage?.toFixed(4) ?? "", percent(mean(of(true))), percent(mean(of(false)))]);
}
