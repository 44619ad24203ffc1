/** What simpler fixes would do for a checkpoint, for people. */
import { metricName } from "../metrics/catalogue.ts";
import type { JobResult } from "../protocol/engine.ts";
import { besideCheckpoint, betterFirst } from "./baselines.ts";
import { heldMark } from "./constraints.ts";
import { code, type Markdown, markdown, markdownTable } from "./escape/markdown.ts";
import { valueText } from "./metricValues.ts";
import { capital } from "./names.ts";
import { valueIn } from "./sets.ts";

type Controls = JobResult<"controls">;

/** Best first. */
function ranked(result: Controls, objective: string) {
  const { methods, ...more } = besideCheckpoint(result);
  return { ...more, methods: methods.toSorted(betterFirst(objective)) };
}

/** "best is logit adjustment, worst-class recall 72.1 % against 34.1 % of the checkpoint (test)". */
export function controlsSummary(result: Controls, objective: string): string {
  const { set, checkpoint, methods } = ranked(result, objective);
  const [best] = methods;
  const show = (one: Pick<typeof checkpoint, "evaluation">) =>
    valueText(objective, valueIn(one.evaluation, objective));
  if (best === undefined || best === checkpoint)
    return `no baseline does better than the checkpoint, ${metricName(objective)} ${show(checkpoint)} (${set})`;
  const bounds = best.satisfied ? "" : "; none keeps every bound";
  return `best baseline is ${best.name.toLowerCase()}, ${metricName(objective)} ${show(best)} against ${show(checkpoint)} of the checkpoint (${set})${bounds}`;
}

/** All of them as a page. */
export function controlsMarkdown(name: string, result: Controls, objective: string): Markdown {
  const { set, methods } = ranked(result, objective);
  const { text } = markdown;
  const metrics = [...new Set([objective, "meanRecall", "minRecall", "accuracy"])];
  const rows = methods.map((method) => [
    text(capital(method.name)),
    ...metrics.map((metric) => text(valueText(metric, valueIn(method.evaluation, metric)))),
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
