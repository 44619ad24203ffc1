/** The tables of the real sets as Markdown, from whatever has been measured. */

import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { groupBy } from "../../src/files/groupBy.ts";
import { bounds, kinds, type RealMeasurement, realObjectives } from "./realMeasurements.ts";

/** Sets on which constants of the method were chosen (see make_real_sets.py); the others are reported apart. */
export const DEVELOPMENT = ["adult", "letter", "vehicle", "digits", "glass", "mixture200"];
const RIVALS = ["logitAdjustment", "tunedBias"] as const;

const groupSchema = z.object({
  rival: z.string(),
  kind: z.enum(kinds),
  bound: z.number(),
  set: z.string(),
  seed: z.number(),
  balanced: z.number(),
  overGroups: z.number(),
  gap: z.number(),
});

export function realReport(measured: readonly RealMeasurement[], groupRivals: string): string {
  return `# Test metrics on other people's data, defaults only

Sets and rivals: \`make_real_sets.py\`, \`group_rivals.py\`, \`rivals.ts\`; made by \`node bench/quality/real.ts\`. Means over sets and seeds, in
percent. "SelMix" is what its own training ends with; "answer" is what a user gets, which may be tuned offsets where those are better beyond
chance. Differences are SelMix minus rival; the last is to the better rival of each set. W and L: sets above or below it by more than 0.3.

## Sets that no constant was chosen on

With one exception, which concerns "answer" alone: by how many standard errors another head has to exceed SelMix's own was raised to one
after these had been seen.

${objectiveTable(measured, (set) => !DEVELOPMENT.includes(set))}

## Sets that constants were chosen on

${objectiveTable(measured, (set) => DEVELOPMENT.includes(set))}

## Bounds between two groups

Balanced accuracy on test, with the difference that was bounded in brackets, mean over seeds. The first rivals are not told the group
when they predict, as SelMix is not; the last three are ("groupsAtPrediction"; ThresholdOptimizer draws lots as well, which no head does). Both sets were looked at while the method was made: none is held out here.

${groupTable(measured, groupRivals)}
`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const signed = (value: number) => `${value >= 0 ? "+" : ""}${(100 * value).toFixed(2)}`;

function objectiveTable(measured: readonly RealMeasurement[], wanted: (set: string) => boolean): string {
  const titles = ["objective", "sets", "checkpoint", "logit adjustment", "tuned bias", "SelMix", "answer"];
  const lines = realObjectives.flatMap((objective) => {
    const cells = measured.filter(
      (one) => one.kind === null && one.objective === objective && wanted(one.set),
    );
    const bySet = groupBy(cells, ({ set }) => set);
    const sets = [...bySet.values()].flatMap((some) => {
      const of = (method: string) => some.filter((one) => one.method === method).map(({ value }) => value);
      const methods = ["checkpoint", ...RIVALS, "selmixOwn", "selmix"].map(of);
      const complete = methods.every((all) => all.length > 0 && all.length === methods[0].length);
      return complete ? [methods.map(mean)] : [];
    });
    if (sets.length === 0) return [];
    const better = sets.map(([, ...all]) => all[2] - Math.max(all[0], all[1]));
    const count = (sign: number) => better.filter((value) => sign * value > 0.003).length;
    const against = (at: number) => signed(mean(sets.map((set) => set[3] - set[at])));
    return [
      row([
        objective,
        String(sets.length),
        ...[0, 1, 2, 3, 4].map((at) => (100 * mean(sets.map((set) => set[at]))).toFixed(2)),
        against(1),
        against(2),
        `${signed(mean(better))}, ${count(1)} W ${count(-1)} L`,
      ]),
    ];
  });
  const all = [...titles, "to logit adjustment", "to tuned bias", "to the better"];
  return [row(all), `|${"---|".repeat(all.length)}`, ...lines].join("\n");
}

function groupTable(measured: readonly RealMeasurement[], file: string): string {
  if (!existsSync(file)) return "(not measured: python bench/quality/group_rivals.py)";
  const rivals = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => groupSchema.parse(JSON.parse(line)));
  const ours = measured.flatMap(({ method, kind, bound, set, seed, value, overGroups, gap }) =>
    kind === null || gap === null || overGroups === null
      ? []
      : [{ rival: method, kind, bound, set, seed, balanced: value, overGroups, gap }],
  );
  const names = [
    "selmixOwn",
    "selmix",
    "exponentiatedGradient",
    "exponentiatedGradientHalf",
    "oxonfairInferred",
    "covarianceHead",
    "groupsKnown",
    "oxonfairKnown",
    "thresholdOptimizer",
  ];
  const titles = [
    "SelMix",
    "answer",
    "ExponentiatedGradient",
    "the same at half the bound",
    "OxonFair, inferred",
    "covariance-penalised head",
    "SelMix, known",
    "OxonFair, known",
    "ThresholdOptimizer",
  ];
  const all = [...ours, ...rivals];
  const cell = (some: readonly (typeof all)[number][]) =>
    some.length === 0
      ? ""
      : `${(100 * mean(some.map(({ balanced }) => balanced))).toFixed(1)} (${mean(some.map(({ gap }) => gap)).toFixed(3)})`;
  const sets = [...new Set(rivals.map(({ set }) => set))];
  const lines = sets.flatMap((set) =>
    kinds.flatMap((kind) =>
      bounds.map((bound) => {
        const here = all.filter((one) => one.set === set && one.kind === kind && one.bound === bound);
        return row([
          `${set}, ${kind} <= ${bound}`,
          ...names.map((name) => cell(here.filter((one) => one.rival === name))),
        ]);
      }),
    ),
  );
  return [row(["", ...titles]), `|${"---|".repeat(titles.length + 1)}`, ...lines].join("\n");
}
