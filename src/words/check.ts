/** What `selmix check` makes of a checkpoint: each bound, and each value beside that of an earlier run. */
import { betterWay, metricName } from "../metrics/catalogue.ts";
import { isCost } from "../metrics/composed.ts";
import type { JobResult } from "../protocol/engine.ts";
import type { AgainstRun, ComparedValue } from "../protocol/evaluation.ts";
import type { VerdictStatus } from "../protocol/records.ts";
import {
  boundText,
  isKept,
  openStatuses,
  overallStatus,
  statusMark,
  verdictSentence,
} from "./constraints.ts";
import { code, type Markdown, markdown, markdownTable } from "./escape/markdown.ts";
import { type Html, html } from "./escape/sinks.ts";
import { shownReport } from "./evaluation.ts";
import { changeWithRange, sizeText, valuesText } from "./metricValues.ts";
import { baseName, capital, named } from "./names.ts";
import { exact, percent } from "./numbers.ts";

type Checked = JobResult<"evaluate">;

/** One thing that is asked of a checkpoint. */
export interface Check {
  readonly about: "bound" | "earlier run";
  /** The same each time, so that one check can be followed over time. */
  readonly name: string;
  readonly status: VerdictStatus;
  /** How it stands, in a sentence. */
  readonly sentence: string;
}

/** Why a value that did not fall too far may have: the rows are too few. `limit` is what its change may be. */
export function fallText(metric: string, limit: number): string {
  const way = betterWay(metric) > 0 ? "fallen" : "risen";
  return `With so few samples, ${metricName(metric)} may have ${way} by ${sizeText(metric, limit)} elsewhere; measure more samples, or allow more with --tolerance.`;
}

function comparedCheck({ run, set, tolerance, paired }: AgainstRun, value: ComparedValue): Check {
  const { metric, class: about, status, before, after, change, reason } = value;
  const isOfCost = isCost(metric);
  const allowed = isOfCost ? exact(tolerance) : `${exact(tolerance).replace(/\D*$/, "")} points`;
  const name =
    metric === "recall"
      ? `no class's recall falls by more than ${allowed} beyond chance`
      : `${metricName(metric)} ${isOfCost ? "rises" : "falls"} by no more than ${allowed}`;
  const who = about === null ? metricName(metric) : `recall of ${named(about)}`;
  const rows = paired ? "the same samples" : "other samples than then";
  const why = reason === null ? "" : ` ${reason}`;
  const moved = `${who} ${valuesText(metric, before.value, after.value, 1)} (${changeWithRange(metric, change)}) on ${set}, ${rows}, since ${run}`;
  return { about: "earlier run", name, status, sentence: `${statusMark(status).word}: ${moved}.${why}` };
}

/** Everything that is asked of it, bounds first. No two are called alike. */
export function checksOf({ constraints, against }: Checked): Check[] {
  const bounds = constraints.map((verdict): Check => {
    // Not the class that is nearest to the bound: it may be another the next time.
    const name = `${metricName(verdict.metric)} ${boundText(verdict)}`;
    const status = overallStatus(verdict);
    return { about: "bound", name, status, sentence: verdictSentence(verdict) };
  });
  const compared = against?.values.map((value) => comparedCheck(against, value)) ?? [];
  const seen = new Map<string, number>();
  return [...bounds, ...compared].map((check) => {
    const count = (seen.get(check.name) ?? 0) + 1;
    seen.set(check.name, count);
    return count === 1 ? check : { ...check, name: `${check.name} (${count})` };
  });
}

/** A check for people. What is said of a bound names it. */
export function checkText({ about, name, sentence }: Check): string {
  return about === "bound" ? capital(sentence) : `${capital(name)}: ${sentence}`;
}

/** Whether nothing is missed and everything could be judged. */
export function allPass(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => isKept(status));
}

/** "3 of 4 checks pass; 1 not judged" */
export function checksText(checks: readonly Check[]): string {
  const count = (status: VerdictStatus) => checks.filter((one) => one.status === status).length;
  const passed = checks.filter(({ status }) => isKept(status)).length;
  const others = openStatuses.flatMap((status) =>
    count(status) === 0 ? [] : [`${count(status)} ${statusMark(status).word}`],
  );
  return [`${passed} of ${checks.length} checks pass`, ...others].join("; ");
}

/**
 * The checks as JUnit XML, which CI servers read: a miss is a failure. So is what cannot be judged, for to skip it would pass it.
 */
export function junit(evaluated: Checked, checks: readonly Check[]): Html {
  const { text } = html;
  const failures = checks.filter((check) => !allPass([check])).length;
  const seconds = evaluated.seconds;
  const cases = checks.map((check) => {
    const open = html`    <testcase classname="selmix.${text(check.about === "bound" ? "bounds" : "earlier run")}" name="${text(check.name)}"`;
    if (allPass([check])) return html`${open}><system-out>${text(check.sentence)}</system-out></testcase>`;
    const type = statusMark(check.status).word;
    return html`${open}><failure type="${text(type)}" message="${text(check.sentence)}"/></testcase>`;
  });
  const totals = html`tests="${checks.length}" failures="${failures}" errors="0" skipped="0" time="${Number(seconds.toFixed(3))}"`;
  return html`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="selmix check" ${totals}>
  <testsuite name="${text(subjectOf(evaluated))}" ${totals}>
${html.join(cases, html`\n`)}
  </testsuite>
</testsuites>
`;
}

function subjectOf({ checkpoint }: Checked): string {
  return checkpoint === null ? "scores" : baseName(checkpoint);
}

/** The checks, and the classes as they are, for a pull request. */
export function checksMarkdown(evaluated: Checked, checks: readonly Check[]): Markdown {
  const { text } = markdown;
  const { set, report } = shownReport(evaluated);
  const lines = checks.map((check) => {
    const { mark } = statusMark(check.status);
    return markdown`- ${text(mark)} ${text(checkText(check))}`;
  });
  const classes = report.classes.map((one) => [
    text(one.class),
    text(percent(one.recall?.value, 1)),
    text(one.recall === null ? "" : `${percent(one.recall.low, 1)} to ${percent(one.recall.high, 1)}`),
    text(percent(one.precision?.value, 1)),
    text(`${one.samples}`),
  ]);
  const parts = [
    markdown`### ${text(allPass(checks) ? "✓" : "✗")} SelMix check of ${code(subjectOf(evaluated))}: ${text(checksText(checks))}`,
    markdown.join(lines, markdown`\n`),
    markdown`<details><summary>${text(`Recall per class on ${set}, exact 95 % intervals`)}</summary>`,
    markdownTable(["Class", "Recall", "95 % interval", "Precision", "Samples"].map(text), classes),
    markdown`</details>`,
  ];
  return markdown`${markdown.join(parts, markdown`\n\n`)}\n`;
}
