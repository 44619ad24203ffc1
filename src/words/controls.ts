/** What simpler fixes would do for a checkpoint, for people. */
import { metricName } from "../metrics/catalogue.ts";
import type { JobResult } from "../protocol/engine.ts";
import { baselinesOn } from "./baselines.ts";
import { heldMark } from "./constraints.ts";
import { code, type Markdown, markdown, markdownTable } from "./escape/markdown.ts";
import { capital } from "./names.ts";
import { percent } from "./numbers.ts";
import { evaluationOn, shownSet, valueIn } from "./sets.ts";

type Controls = JobResult<"controls">;

/** Best first: what keeps every bound before what does not, then by the objective. */
function ranked(result: Controls, objective: string) {
  const set = shownSet(result.before);
  const checkpoint = {
    name: "The checkpoint",
    evaluation: evaluationOn(result.before, set),
    description: "As it is.",
    satisfied: result.beforeSatisfied,
    trainingFree: true,
  };
  const value = (one: { evaluation: typeof checkpoint.evaluation }) => valueIn(one.evaluation, objective);
  const methods = [checkpoint, ...baselinesOn(result.controls, set)].toSorted(
    (a, b) => Number(b.satisfied) - Number(a.satisfied) || value(b) - value(a),
  );
  return { set, checkpoint, methods };
}

/** "best is logit adjustment, worst-class recall 72.1 % against 34.1 % of the checkpoint (test)". */
export function controlsSummary(result: Controls, objective: string): string {
  const { set, checkpoint, methods } = ranked(result, objective);
  const [best] = methods;
  const show = (one: typeof checkpoint) => percent(valueIn(one.evaluation, objective), 1);
  if (best === undefined || best.name === checkpoint.name)
    return `no baseline does better than the checkpoint, ${metricName(objective)} ${show(checkpoint)} (${set})`;
  const bounds = best.satisfied ? "" : "; none keeps every bound";
  return `best baseline is ${best.name.toLowerCase()}, ${metricName(objective)} ${percent(valueIn(best.evaluation, objective), 1)} against ${show(checkpoint)} of the checkpoint (${set})${bounds}`;
}

/** All of them as a page. */
export function controlsMarkdown(name: string, result: Controls, objective: string): Markdown {
  const { set, methods } = ranked(result, objective);
  const { text } = markdown;
  const metrics = [...new Set([objective, "meanRecall", "minRecall", "accuracy"])];
  const rows = methods.map((method) => [
    text(capital(method.name)),
    ...metrics.map((metric) => text(percent(valueIn(method.evaluation, metric), 1))),
    text(heldMark(method.satisfied).word),
    text(method.trainingFree ? "none" : "trained"),
  ]);
  const head = ["Method", ...metrics.map((metric) => capital(metricName(metric))), "Bounds", "Training"];
  const parts = [
    markdown`# Baselines of ${code(name)}`,
    text(`What simpler fixes do, on ${set}; nothing was written.`),
    markdownTable(head.map(text), rows),
    markdown.join(
      methods.map((method) => markdown`- **${text(capital(method.name))}**: ${text(method.description)}`),
      markdown`\n`,
    ),
    ...(result.notes.length === 0
      ? []
      : [
          markdown.join(
            result.notes.map((note) => markdown`- ${text(note)}`),
            markdown`\n`,
          ),
        ]),
  ];
  return markdown`${markdown.join(parts, markdown`\n\n`)}\n`;
}
