/** The table as Markdown, from whatever has been measured. */
import { type ObjectiveId, objectiveIds } from "../../src/metrics/catalogue.ts";
import { columns } from "./columns.ts";
import type { Measurement, Measurements } from "./measurements.ts";

/** What "at least equal" leaves to chance. */
const SLACK = 0.003;

function mean(measured: readonly Measurement[], metric: "value" | "minCoverage" = "value"): number | null {
  if (measured.length === 0) return null;
  return measured.reduce((sum, each) => sum + each[metric], 0) / measured.length;
}

function percent(value: number | null): string {
  return value === null ? "" : (100 * value).toFixed(2);
}

function signed(value: number | null): string {
  return value === null || value < 0 ? percent(value) : `+${percent(value)}`;
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
  const of = (column: string) => measurements.of({ column, objective, size, constrained: false });
  const ours = of("selmix");
  const texts = columns.map(({ id, role }) => {
    const measured = of(id);
    if (role === "control") return signed(differenceFrom(ours, measured));
    return role === "method" ? `**${percent(mean(measured))}**` : percent(mean(measured));
  });
  const rivals = columns.filter(({ role }) => role === "rival").map(({ id }) => mean(of(id)));
  return row([objective, String(size), ...texts, verdict(mean(ours), rivals)]);
}

/** How much higher the others are on the runs that both were measured in; null when there are none. */
function differenceFrom(ours: readonly Measurement[], others: readonly Measurement[]): number | null {
  const differences = others.flatMap(({ set, seed, value }) => {
    const same = ours.find((each) => each.set === set && each.seed === seed);
    return same === undefined ? [] : [value - same.value];
  });
  return differences.length === 0
    ? null
    : differences.reduce((sum, each) => sum + each, 0) / differences.length;
}

function verdict(ours: number | null, rivals: readonly (number | null)[]): string {
  const margin = (ours ?? Number.NaN) - Math.max(...rivals.map((value) => value ?? Number.NaN));
  if (Number.isNaN(margin)) return "";
  return `${signed(margin)} ${margin >= 0 ? "better" : margin >= -SLACK ? "equal within 0.3" : "behind"}`;
}

function coverageRow(measurements: Measurements, size: number): string {
  const of = (constrained: boolean) =>
    measurements.of({ column: "selmix", objective: "meanRecall", constrained, size });
  const coverage = mean(of(true), "minCoverage");
  return row([String(size), coverage?.toFixed(4) ?? "", percent(mean(of(true))), percent(mean(of(false)))]);
}
