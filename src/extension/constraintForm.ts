/** Asks for a constraint in three short questions: what is bounded, for whom, and how. */
import * as vscode from "vscode";
import type { Configuration, ConstraintSetting } from "../project/configuration.ts";
import { constraintMetrics, needsGroups } from "../selmix/constraints.ts";
import { constraintText } from "../words/constraints.ts";
import { constraintMetricNames, perClass } from "../words/metricNames.ts";
import { pick, pickMany } from "./tell.ts";

type Metric = ConstraintSetting["metric"];

const metricSentences: Record<Metric, string> = {
  coverage: "A class's share of the predictions; all shares sum to 100 %.",
  recall: "How many samples of a class are recognised.",
  precision: "How many predictions of a class are right.",
  headCoverage: "Mean share of the predictions over the frequent classes.",
  tailCoverage: "Mean share of the predictions over the rare classes.",
  coverageGap: "Demographic parity: the largest difference of coverage between groups.",
  coverageRatio: "Demographic parity: the least ratio of coverage between groups.",
  recallGap: "Equal opportunity: the largest difference of recall between groups.",
  recallRatio: "Equal opportunity: the least ratio of recall between groups.",
  falsePositiveRateGap: "The largest difference of the false-positive rate between groups.",
  equalizedOddsGap: "Equalized odds: the largest difference of recall or false-positive rate between groups.",
};

/** The constraint that the user wants, starting from `from`; null when the user gives up. */
export async function askConstraint(
  title: string,
  configuration: Configuration,
  from?: ConstraintSetting,
): Promise<ConstraintSetting | null> {
  const metric = await askMetric(title, configuration, from?.metric);
  if (!metric) return null;
  const classes = perClass.has(metric) ? await askClasses(title, configuration, from?.classes) : [];
  if (!classes) return null;
  const side = await askSide(title, metric, from);
  if (!side) return null;
  const value = await askValue(title, metric, side, from?.[side]);
  if (value === null) return null;
  return { metric, ...(classes.length > 0 ? { classes } : {}), [side]: value };
}

/** Index of the constraint meant: the argument when it is one, the only one, or the one picked. */
export async function pickConstraint(
  title: string,
  { constraints }: Configuration,
  argument: unknown,
): Promise<number | null> {
  if (typeof argument === "number") return argument in constraints ? argument : null;
  const items = constraints.map((constraint, index) => ({ label: constraintText(constraint), index }));
  const picked = await pick(items, { title, placeHolder: "Constraint" });
  return picked?.index ?? null;
}

async function askMetric(
  title: string,
  { groups }: Configuration,
  current: Metric | undefined,
): Promise<Metric | null> {
  const metrics = constraintMetrics.filter((metric) => groups || metric === current || !needsGroups(metric));
  const items = metrics.map((metric) => ({
    label: constraintMetricNames[metric],
    description: metric === current ? "chosen now" : "",
    detail: metricSentences[metric],
    metric,
  }));
  const picked = await pick(items, {
    title: `${title} (1 of 3)`,
    placeHolder: "What is bounded",
  });
  return picked?.metric ?? null;
}

/** An empty list stands for every class; null for giving up. */
async function askClasses(
  title: string,
  { classes }: Configuration,
  current: ConstraintSetting["classes"],
): Promise<(string | number)[] | null> {
  if (!classes) return current ? [...current] : [];
  const isCurrent = (name: string, index: number) =>
    current?.includes(name) === true || current?.includes(index) === true;
  const picked = await pickMany(
    classes.map((label, index) => ({ label, picked: isCurrent(label, index) })),
    { title: `${title} (2 of 3)`, placeHolder: "For which classes; none for every class" },
  );
  if (!picked) return null;
  return picked.length === classes.length ? [] : picked.map(({ label }) => label);
}

async function askSide(
  title: string,
  metric: Metric,
  from: ConstraintSetting | undefined,
): Promise<"atLeast" | "atMost" | null> {
  if (metric.endsWith("Gap")) return "atMost";
  if (metric.endsWith("Ratio")) return "atLeast";
  const sides = [
    { label: "at least", side: "atLeast" as const },
    { label: "at most", side: "atMost" as const },
  ];
  if (from?.atMost !== undefined) sides.reverse();
  const picked = await pick(sides, {
    title: `${title} (3 of 3)`,
    placeHolder: `${constraintMetricNames[metric]} may be`,
  });
  return picked?.side ?? null;
}

async function askValue(
  title: string,
  metric: Metric,
  side: "atLeast" | "atMost",
  current: number | undefined,
): Promise<number | null> {
  const answer = await vscode.window.showInputBox({
    title: `${title} (3 of 3)`,
    prompt: `${constraintMetricNames[metric]} ${side === "atLeast" ? "at least" : "at most"}, in percent`,
    value: current === undefined ? "" : `${Number((current * 100).toFixed(4))}`,
    placeHolder: "9.5",
    validateInput: (text) =>
      parsePercent(text) === null ? "Give a percentage between 0 and 100, for example 9.5." : null,
  });
  return answer === undefined ? null : parsePercent(answer);
}

function parsePercent(text: string): number | null {
  const value = Number(text.replace("%", "").replace(",", ".").trim());
  const valid = text.trim() !== "" && Number.isFinite(value) && value >= 0 && value <= 100;
  return valid ? Number((value / 100).toFixed(6)) : null;
}
