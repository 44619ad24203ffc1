/** The tables of the paper's case as Markdown, from whatever has been measured. */
import { writeFileSync } from "node:fs";
import { type Measurement, type Method, methods, nameOf, type Task, tasks } from "./tasks.ts";

const ids = Object.keys(methods) as Method[];
const rivals = ids.filter((id) => id !== "checkpoint" && id !== "selmix" && id !== "whole");
/** What a win or a loss has to exceed. */
const SLACK = 0.003;

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const heading = (titles: readonly string[]) => [row(titles), `|${"---|".repeat(titles.length)}`];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (value: number, digits = 1) => (100 * value).toFixed(digits);
const signed = (value: number) => `${value >= 0 ? "+" : ""}${percent(value, 2)}`;

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

function titleOf({ objective, bounded }: Task, classes: number): string {
  const bound = (0.95 / classes).toFixed(4);
  return bounded.length === 0 ? objective : `${objective}, ${bounded.join(" and ")} >= ${bound}`;
}

/** Mean over seeds, their standard deviation, and of bounded values the mean of the least and in how many runs it kept the bound. */
function cell(some: readonly Measurement[]): string {
  if (some.length === 0) return "";
  const values = some.map(({ value }) => value);
  const spread = values.length > 1 ? ` ± ${percent(deviation(values))}` : "";
  const least = some.flatMap((one) => (one.least === null ? [] : [one.least]));
  const kept = some.filter(({ least: value, classes }) => value !== null && value >= 0.95 / classes);
  const bounded =
    least.length === 0 ? "" : ` (${mean(least).toFixed(4)}, ${kept.length} of ${some.length} keep it)`;
  return `${percent(mean(values))}${spread}${bounded}`;
}

function settingTable(measured: readonly Measurement[]): string[] {
  const [{ classes }] = measured;
  const lines = tasks.map((task) => {
    const of = (method: Method) =>
      measured.filter((one) => one.method === method && one.task === nameOf(task));
    return row([titleOf(task, classes), ...ids.map((id) => cell(of(id)))]);
  });
  return [...heading(["on test, %", ...ids.map((id) => methods[id])]), ...lines];
}

interface Difference {
  readonly title: string;
  readonly values: readonly number[];
}

/** A method minus the rivals, run by run, the last being the rival that is best on average in that setting. */
function differences(measured: readonly Measurement[], method: Method, task: Task): Difference[] {
  const here = measured.filter((one) => one.task === nameOf(task));
  const ours = here.filter((one) => one.method === method);
  const minus = (rivalOf: (set: string) => Method) =>
    ours.flatMap(({ set, seed, value }) => {
      const other = here.find(
        (one) => one.set === set && one.seed === seed && one.method === rivalOf(set),
      )?.value;
      return other === undefined ? [] : [value - other];
    });
  const strongest = (set: string): Method => {
    const average = (rival: Method) => {
      const some = here.filter((one) => one.set === set && one.method === rival);
      return some.length === 0 ? Number.NEGATIVE_INFINITY : mean(some.map(({ value }) => value));
    };
    return rivals.reduce((best, rival) => (average(rival) > average(best) ? rival : best));
  };
  return [
    ...(["checkpoint", ...rivals] as const).map((id) => ({ title: methods[id], values: minus(() => id) })),
    { title: "the best of the rivals", values: minus(strongest) },
  ];
}

function differenceTable(measured: readonly Measurement[], method: Method): string[] {
  const [{ classes }] = measured;
  const lines = tasks.flatMap((task) => {
    const all = differences(measured, method, task);
    const runs = all[0].values.length;
    if (runs === 0) return [];
    const cells = all.map(({ values }) => {
      const error = values.length > 1 ? ` (${percent(deviation(values) / Math.sqrt(values.length), 2)})` : "";
      const count = (sign: number) => values.filter((value) => sign * value > SLACK).length;
      return `${signed(mean(values))}${error}, ${count(1)} W ${count(-1)} L`;
    });
    return [row([titleOf(task, classes), String(runs), ...cells])];
  });
  const titles = (["checkpoint", ...rivals] as const).map((id) => methods[id]);
  return [...heading(["points on test", "runs", ...titles, "the best of the rivals"]), ...lines];
}

/** @param data the set's name, as checkpoints.py takes it */
export function writeReport(file: string, data: string, measured: readonly Measurement[]): void {
  const sets = [...new Set(measured.map(({ set }) => set))];
  const isMeasured = (method: Method) => measured.some((one) => one.method === method);
  const parts = sets.map((set) => {
    const title = `## Unlabelled imbalance ${set.slice(`${data}-u`.length)}`;
    return [title, "", ...settingTable(measured.filter((one) => one.set === set))].join("\n");
  });
  const compared = (["selmix", "whole"] as const).filter(isMeasured).map((method) => {
    const title = `## ${methods[method]}, minus each of the others`;
    return [title, "", ...differenceTable(measured, method)].join("\n");
  });
  writeFileSync(file, `${[introduction(data), ...parts, ...compared].join("\n\n")}\n`);
}

const introduction = (
  data: string,
) => `# The paper's own case: unlabelled images of another class distribution

${data}, long-tailed, its checkpoint trained by a FixMatch-like trainer (\`fixmatch.py\`) with logit-adjusted cross-entropy on a few labelled
images and three times as many unlabelled ones a step; splits as in the paper (\`splits.py\`), a balanced validation set, the official
test set. The unlabelled images are as uneven as the labelled ones, not at all, or the other way round. On Fashion-MNIST the network is
the example's CNN (104,000 weights) and training 1500 steps of 64 + 192 images: small, so that it all takes about an hour on one core.

In percent: mean over seeds ± their standard deviation; in brackets the mean of the least bounded value, and in how many runs it keeps its
bound on test. Every rival has its offsets tuned on the same validation set for the row's objective and bounds; cRT and balanced logistic
regression are the best on validation of heads fitted to the labelled rows and to those with the confident pseudo-labels (\`heads.py\`).
"SelMix, head" is what a user gets of \`selmix tune\` with its defaults and the unlabelled features: a baseline where that is better beyond
chance, and the checkpoint where no head keeps the bounds on validation. "Whole" is the script of \`selmix policy --script\`, 1000
steps, with the unlabelled images, for seed 0 unless \`--whole-seeds\` says otherwise. Cells without a spread are of one seed. Differences are paired, with their standard error over runs in brackets; W and L are runs above or
below by more than 0.3 points, and the best of the rivals is the one with the highest mean on test in that setting, which flatters it.
Made by \`npm run bench:paper\`.`;
