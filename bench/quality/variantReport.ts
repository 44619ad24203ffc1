/** What the variants of `variants.ts` came to, as Markdown. */
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { DEVELOPMENT } from "./realReport.ts";
import { coordinateVariants, ruleVariants, type Variant } from "./variants.ts";

/** The last head of training's path (on validation, which it is steered by), the best head of that path, and the answer chosen of all candidates. */
export const heads = ["last", "own", "answer"] as const;

export const measurementSchema = z.object({
  variant: z.string(),
  set: z.string(),
  seed: z.number(),
  task: z.string(),
  which: z.enum(heads),
  /** The objective. */
  value: z.number(),
  /** By how much the bound missed most is missed. */
  missed: z.number(),
});
type Measurement = z.infer<typeof measurementSchema>;

export const keyOf = ({ variant, set, seed, task, which }: Omit<Measurement, "value" | "missed">) =>
  [variant, set, seed, task, which].join("/");

const freeTasks = ["meanRecall", "minRecall", "hMean"];
/** Adult and COMPAS between the groups that the method was made with, too. */
const isDevelopment = ({ set }: Measurement) => DEVELOPMENT.includes(set) || set === "compas";
const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const heading = (titles: readonly string[]) => [row(titles), `|${"---|".repeat(titles.length)}`];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (value: number) => (100 * value).toFixed(2);

/** Mean of paired differences, and its standard error over runs. */
function difference(values: readonly number[]): string {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const error = Math.sqrt(squares / (values.length - 1) / values.length);
  return `${middle >= 0 ? "+" : ""}${percent(middle)} (${percent(error)})`;
}

/** Those of the product, on the runs that all variants were measured on. */
function completeRuns(measured: readonly Measurement[], variants: Record<string, Variant>): Measurement[] {
  const known = new Set(measured.map(keyOf));
  const ids = Object.keys(variants);
  return measured.filter(
    (one) => one.variant === "product" && ids.every((variant) => known.has(keyOf({ ...one, variant }))),
  );
}

/** A row a variant and head: what it comes to, and how far that is from the product. */
function table(measured: readonly Measurement[], variants: Record<string, Variant>, bounded: boolean) {
  const byKey = new Map(measured.map((one) => [keyOf(one), one]));
  const runs = completeRuns(measured, variants);
  const lines = Object.entries(variants).flatMap(([id, { title }]) =>
    heads.flatMap((which) => {
      const pairs = runs.flatMap((product) => {
        const is = byKey.get(keyOf({ ...product, variant: id }));
        return is === undefined || product.which !== which ? [] : [{ is, product }];
      });
      if (pairs.length < 2) return [];
      const all = pairs.map(({ is }) => is);
      const against = (metric: "value" | "missed") =>
        id === "product" ? "" : difference(pairs.map(({ is, product }) => is[metric] - product[metric]));
      const cells = [title, which, String(pairs.length), percent(mean(all.map(({ value }) => value)))];
      const kept = all.filter(({ missed }) => missed === 0).length;
      const misses = [`${percent(mean(all.map(({ missed }) => missed)))} (${kept} keep all)`];
      return [row([...cells, against("value"), ...(bounded ? [...misses, against("missed")] : [])])];
    }),
  );
  const misses = ["worst bound missed by", "to the product"];
  return [
    ...heading(["", "head", "runs", "objective", "to the product", ...(bounded ? misses : [])]),
    ...lines,
  ].join("\n");
}

export function writeReport(file: string, measured: readonly Measurement[]): void {
  const isFree = ({ task }: Measurement) => freeTasks.includes(task);
  const both = (variants: Record<string, Variant>, free: boolean) =>
    [true, false].map((development) => {
      const some = measured.filter((one) => isFree(one) === free && isDevelopment(one) === development);
      const names = [...new Set(completeRuns(some, variants).map(({ set }) => set))].join(", ");
      const title = development
        ? `Sets that constants of the method were chosen on (${names}):`
        : `The others (${names}):`;
      return `${title}\n\n${table(some, variants, !free)}`;
    });
  const parts = [
    "## Multipliers, under bounds",
    ...both(ruleVariants, false),
    "## Coordinates, under bounds",
    ...both(coordinateVariants, false),
    "## Coordinates, without bounds",
    ...both(coordinateVariants, true),
  ];
  writeFileSync(file, `${introduction}\n\n${parts.join("\n\n")}\n`);
}

const introduction = `# Other multipliers and other coordinates

On the sets of \`make_real_sets.py\`, three seeds, otherwise defaults, by \`node bench/quality/multipliers.ts\`. In percent: the objective,
and by how much the bound that is missed most is missed. "last" is the head that training's path ends with, on validation, which it is steered by;
"own" the best head of that path, on test; "answer" what a user gets, chosen of all candidates, on test. Differences are paired run by run, with their standard error over runs in brackets; the runs of a set share its people, and seeds
its rows in part, so that errors are somewhat too small.

Bounds: where there are groups (Adult by sex, race and age, COMPAS by race, sex and age, German credit by age) mean recall under demographic parity, equal opportunity or equalized odds <= .05; on the others mean recall with every
class's recall no more than 5 points below the worst that tuned offsets reach on validation, and worst-class recall with every class predicted
at least 0.9 times as often as it occurs. Dual ascent and the PI controller (nuPI: Sohrabi et al., 2024) have the rates of the product's
augmented Lagrangian (10 for what is missed now, 2 for what is added with each cycle), dual ascent also the larger of them alone; the penalty is the product's without its memory. Measured
when the refit under bounds between groups, a candidate for the answer, pressed by the same multipliers.`;
