/** Asks for a constraint in three short questions: what is bounded, for whom, and how. */
import * as vscode from "vscode";
import { constraintIds, metricName, metricOf } from "../metrics/catalogue.ts";
import type { Configuration, ConstraintSetting } from "../project/configuration.ts";
import { hasClasses } from "../project/meaning.ts";
import { constraintText } from "../words/constraints.ts";
import { pick, pickMany } from "./tell.ts";

type Metric = ConstraintSetting["metric"];

/** The constraint that the user wants, starting from `from`; null when the user gives up. */
export async function askConstraint(
  title: string,
  configuration: Configuration,
  from?: ConstraintSetting,
): Promise<ConstraintSetting | null> {
  const metric = await askMetric(title, configuration, from?.metric);
  if (!metric) return null;
  const classes = hasClasses(metric) ? await askClasses(title, configuration, from?.classes) : [];
  if (!classes) return null;
  const side = await askSide(title, metric, from);
  if (!side) return null;
  const value = await askValue(title, metric, side, from?.[side]);
  if (value === null) return null;
  const attribute = metric === from?.metric ? from.attribute : undefined;
  return {
    metric,
    ...(classes.length > 0 && { classes }),
    ...(attribute !== undefined && { attribute }),
    [side]: value,
  };
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
  const metrics = constraintIds.filter(
    (metric) => groups || metric === current || metricOf(metric).needs !== "groups",
  );
  const items = metrics.map((metric) => ({
    label: metricName(metric),
    description: metric === current ? "chosen now" : "",
    detail: metricOf(metric).sentence,
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
  const { bounds } = metricOf(metric);
  const [only, ...others] = bounds;
  if (only && others.length === 0) return only;
  const sides = bounds.map((side) => ({ label: side === "atLeast" ? "at least" : "at most", side }));
  if (from?.atMost !== undefined) sides.reverse();
  const picked = await pick(sides, {
    title: `${title} (3 of 3)`,
    placeHolder: `${metricName(metric)} may be`,
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
    prompt: `${metricName(metric)} ${side === "atLeast" ? "at least" : "at most"}, in percent`,
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
