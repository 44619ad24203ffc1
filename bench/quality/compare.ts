/**
 * Two versions of the search on the same cells: sets, seeds, validation sizes and objectives that both were measured on by table.ts.
 *
 *     git worktree add ../before 7208db9                                # the search of version 0.1.0
 *     node bench/quality/table.ts --columns selmix --seeds 0            # here and there
 *     node bench/quality/compare.ts ../before/.cache/quality.jsonl .cache/quality.jsonl
 *
 * writes RESULTS-search.md.
 */

import { writeFileSync } from "node:fs";
import path from "node:path";
import { groupBy } from "../../src/files/groupBy.ts";
import { objectiveIds } from "../../src/metrics/catalogue.ts";
import { type Measurement, Measurements } from "./measurements.ts";

const [before, after] = process.argv.slice(2).map((file) => new Measurements(file));
if (before === undefined || after === undefined)
  throw new Error("name the measurements of the older search and those of today's");

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (value: number) => (100 * value).toFixed(2);
const signed = (value: number) => `${value >= 0 ? "+" : ""}${percent(value)}`;

/** Of differences between the two on the same runs. */
function standardError(values: readonly number[]): string {
  if (values.length < 2) return "";
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return percent(Math.sqrt(squares / (values.length - 1) / values.length));
}

const lines = objectiveIds.flatMap((objective) => {
  const pairs = before.of({ column: "selmix", objective, constrained: false }).flatMap((was) => {
    const { size, set, seed } = was;
    const [is] = after.of({ column: "selmix", objective, constrained: false, size, set, seed });
    return is === undefined ? [] : [{ was, is }];
  });
  const bySize = groupBy(pairs, ({ was }) => was.size);
  return [...bySize]
    .toSorted(([a], [b]) => a - b)
    .map(([size, some]) => {
      const of = (which: "was" | "is") => mean(some.map((pair): Measurement["value"] => pair[which].value));
      const changes = some.map(({ was, is }) => is.value - was.value);
      const cells = [objective, size, some.length, percent(of("was")), percent(of("is"))];
      return `| ${[...cells, signed(mean(changes)), standardError(changes)].join(" | ")} |`;
    });
});

writeFileSync(
  path.join(import.meta.dirname, "RESULTS-search.md"),
  `# Today's search and that of version 0.1.0 on the same runs

Test metrics in percent on long-tailed Fashion-MNIST sets, defaults only: the answers of both from the same checkpoints, validation sets and
seeds. Made by \`compare.ts\` from what \`table.ts\` measured.

| objective | validation a class | runs | version 0.1.0 | today | change | its standard error |
|---|---|---|---|---|---|---|
${lines.join("\n")}
`,
);
