/** Asks for a constraint in short questions: what is bounded, with what is known of it, for whom, and how. */
import * as vscode from "vscode";
import {
  type BoundKind,
  boundKinds,
  constraintIds,
  type Limit,
  measuresSentence,
  metricName,
  metricOf,
  readLimit,
} from "../metrics/catalogue.ts";
import type { Configuration, ConstraintSetting } from "../project/configuration.ts";
import { hasClasses } from "../project/meaning.ts";
import type { SetReport } from "../protocol/evaluation.ts";
import type { SweptBound } from "../protocol/sweep.ts";
import { constraintText } from "../words/constraints.ts";
import { label } from "../words/escape/sinks.ts";
import { constraintOffers, type Offer } from "../words/offers.ts";
import { parseShare, shareHint, shareProblem } from "./shareInput.ts";
import { pick, pickMany } from "./tell.ts";

type Metric = ConstraintSetting["metric"];

/** On which side it bounds: the value, or the change from the checkpoint. */
interface Side {
  readonly kind: BoundKind;
  readonly isRelative: boolean;
}

/** What the questions are about. */
export interface Asked {
  readonly title: string;
  readonly configuration: Configuration;
  /** What validation says before tuning; null where it was not measured. */
  readonly report: SetReport | null;
  /** What is known by it of each metric. */
  readonly offers: ReadonlyMap<Metric, Offer>;
}

/** The same for every question: what a report says is put into words once. */
export function askedAbout(title: string, configuration: Configuration, report: SetReport | null): Asked {
  return { title, configuration, report, offers: report ? constraintOffers(report) : new Map() };
}

/** The constraint that the user wants, starting from `from`; null when the user gives up. */
export async function askConstraint(
  asked: Asked,
  from?: ConstraintSetting,
): Promise<ConstraintSetting | null> {
  const { title, offers } = asked;
  const metric = await askMetric(asked, from?.metric);
  if (!metric) return null;
  const same = metric === from?.metric ? from : undefined;
  const classes = hasClasses(metric) ? await askClasses(asked, same?.classes) : [];
  if (!classes) return null;
  const side = await askSide(title, sidesOf(metric, same), metric);
  if (!side) return null;
  const current = same?.[side.kind];
  const answer = await askValue(title, metric, side, { current, offer: offers.get(metric) });
  if (answer?.kind !== "value") return null;
  return {
    metric,
    ...(classes.length > 0 && { classes }),
    ...(same?.attribute !== undefined && { attribute: same.attribute }),
    [side.kind]: answer.value,
  };
}

/** The bound that is to be swept: a constraint without its value; null when the user gives up. */
export async function askBound(asked: Asked): Promise<SweptBound | null> {
  const metric = await askMetric(asked, undefined);
  if (!metric) return null;
  const classes = hasClasses(metric) ? await askClasses(asked, undefined) : [];
  if (!classes) return null;
  const sides = sidesOf(metric, undefined).filter(({ isRelative }) => !isRelative);
  const side = await askSide(asked.title, sides, metric);
  return side && { metric, ...(classes.length > 0 && { classes }), kind: side.kind };
}

/** The side on which a constraint bounds; of two that from below. */
export function sideOf({ atLeast }: Pick<ConstraintSetting, "atLeast">): BoundKind {
  return atLeast === undefined ? "atMost" : "atLeast";
}

/** Another value for a constraint, starting at its own; its metric and classes where the user would change these. */
export async function askChange(asked: Asked, from: ConstraintSetting): Promise<ConstraintSetting | null> {
  const own = boundKinds.flatMap((kind): Side[] => {
    const limit = from[kind];
    return limit === undefined ? [] : [{ kind, isRelative: typeof limit === "object" }];
  });
  const side = await askSide(asked.title, own, from.metric);
  if (!side) return null;
  const answer = await askValue(asked.title, from.metric, side, {
    ...{ current: from[side.kind], offer: asked.offers.get(from.metric) },
    more: "Another metric, or other classes…",
  });
  if (answer === null) return null;
  return answer.kind === "more" ? askConstraint(asked, from) : { ...from, [side.kind]: answer.value };
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
  { title, configuration: { groups, columns }, report, offers }: Asked,
  current: Metric | undefined,
): Promise<Metric | null> {
  // Not measured, nobody knows whether the tables have groups.
  const mayHaveGroups =
    report === null || report.groups !== null || groups !== undefined || columns?.groups !== undefined;
  // Who has groups looks for what is about them.
  const isOfGroups = (metric: Metric) => report?.groups != null && metricOf(metric).needs === "groups";
  const rank = (metric: Metric) => 2 * Number(metric === current) + Number(isOfGroups(metric));
  const metrics = constraintIds
    .filter((metric) => mayHaveGroups || metric === current || metricOf(metric).needs !== "groups")
    .toSorted((a, b) => rank(b) - rank(a));
  const items = metrics.map((metric) => {
    const offer = offers.get(metric);
    const now = [...(metric === current ? ["chosen now"] : []), ...(offer ? [offer.now] : [])];
    const sentence = measuresSentence(metric);
    return {
      label: metricName(metric),
      description: now.join(", "),
      detail: offer ? `${offer.detail}. ${sentence}` : sentence,
      metric,
    };
  });
  const picked = await pick(items, {
    title: `${title} (1 of 3)`,
    placeHolder: report ? "What is bounded, and what it is on validation before tuning" : "What is bounded",
  });
  return picked?.metric ?? null;
}

/** An empty list stands for every class; null for giving up. */
async function askClasses(
  { title, configuration, report }: Asked,
  current: ConstraintSetting["classes"],
): Promise<(string | number)[] | null> {
  const classes = configuration.classes ?? report?.classes.map((one) => one.class);
  if (!classes) return current ? [...current] : [];
  const isCurrent = (name: string, index: number) =>
    current?.includes(name) === true || current?.includes(index) === true;
  const picked = await pickMany(
    classes.map((name, index) => ({ label: name, picked: isCurrent(name, index), index })),
    { title: `${title} (2 of 3)`, placeHolder: "For which classes; none for every class" },
  );
  if (!picked) return null;
  if (picked.length === classes.length) return [];
  // Names that only the tables have may be others elsewhere; the place stays.
  return picked.map(({ label: name, index }) => (configuration.classes ? name : index));
}

/** The sides that a metric can be bounded on: the one of `from` first, and changes of what is a share. */
function sidesOf(metric: Metric, from: ConstraintSetting | undefined): Side[] {
  const { bounds, unit } = metricOf(metric);
  const sides = (unit === "share" ? [false, true] : [false]).flatMap((isRelative) =>
    bounds.map((kind): Side => ({ kind, isRelative })),
  );
  const isOwn = ({ kind, isRelative }: Side) =>
    from?.[kind] !== undefined && (typeof from[kind] === "object") === isRelative;
  return sides.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
}

function sideText({ kind, isRelative }: Side): string {
  if (!isRelative) return kind === "atLeast" ? "at least" : "at most";
  return kind === "atLeast" ? "fall from the checkpoint by at most" : "rise from the checkpoint by at most";
}

/** The side that is meant; without a question where there is one. */
async function askSide(title: string, sides: readonly Side[], metric: Metric): Promise<Side | null> {
  const [only, ...others] = sides;
  if (only && others.length === 0) return only;
  const items = sides.map((side) => ({
    label: `${side.isRelative ? "" : "be "}${sideText(side)}`,
    side,
  }));
  const picked = await pick(items, {
    title: `${title} (3 of 3)`,
    placeHolder: `${metricName(metric)} may be`,
  });
  return picked?.side ?? null;
}

interface ValueQuestion {
  readonly current?: Limit | undefined;
  readonly offer?: Offer | undefined;
  /** What else can be changed, on a button. */
  readonly more?: string;
}

/** A share, or that something else is to be changed. */
type Answer = { readonly kind: "value"; readonly value: Limit } | { readonly kind: "more" };

/** How far a value may fall is a change below 0. */
function limitOf({ kind, isRelative }: Side, share: number): Limit {
  if (!isRelative) return share;
  return { before: kind === "atLeast" && share > 0 ? -share : share };
}

/** What stands in the box at first: the bound there is, where it is of the same kind. */
function valueTyped({ kind, isRelative }: Side, current: Limit | undefined): string {
  if (current === undefined || (typeof current === "object") !== isRelative) return "";
  const { bound } = readLimit(current);
  const share = isRelative && kind === "atLeast" ? -bound : bound;
  // A change that has to be better than none is written by hand.
  return share < 0 ? "" : `${Number((share * 100).toFixed(4))} %`;
}

/** Null for giving up. */
function askValue(
  title: string,
  metric: Metric,
  side: Side,
  { current, offer, more }: ValueQuestion,
): Promise<Answer | null> {
  const box = vscode.window.createInputBox();
  const isOfPoints = side.isRelative || metricOf(metric).unit === "difference";
  const unit = isOfPoints ? "points" : "percent";
  const now = offer ? ` ${offer.now}.` : "";
  box.title = label.text(more === undefined ? `${title} (3 of 3)` : title);
  box.prompt = label.text(
    `${metricName(metric)} ${side.isRelative ? "may " : ""}${sideText(side)}, in ${unit}.${now}`,
  );
  box.placeholder = side.isRelative ? "2" : "9.5";
  box.value = valueTyped(side, current);
  box.valueSelection = [0, box.value.replace(" %", "").length];
  box.ignoreFocusOut = true;
  if (more !== undefined) box.buttons = [{ iconPath: new vscode.ThemeIcon("list-selection"), tooltip: more }];
  return new Promise((resolve) => {
    const tell = (text: string) => {
      const problem = text === "" ? null : shareProblem(text);
      const hint = problem === null ? shareHint(text) : null;
      box.validationMessage =
        problem ??
        (hint === null ? undefined : { message: hint, severity: vscode.InputBoxValidationSeverity.Info });
    };
    box.onDidChangeValue(tell);
    box.onDidTriggerButton(() => finish({ kind: "more" }));
    box.onDidAccept(() => {
      const value = parseShare(box.value);
      if (value === null) box.validationMessage = shareProblem(box.value) ?? undefined;
      else finish({ kind: "value", value: limitOf(side, value) });
    });
    box.onDidHide(() => finish(null));
    const finish = (answer: Answer | null) => {
      resolve(answer);
      box.dispose();
    };
    box.show();
  });
}
