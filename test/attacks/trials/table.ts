/** docs/reliability.md: what was tried, how often, what happened. */
import { z } from "zod";
import type { Trial } from "./arena.ts";

export const rowSchema = z.object({
  what: z.string(),
  times: z.number(),
  /** How often each thing happened, in the order in which they did. */
  happened: z.record(z.string(), z.number()),
  faults: z.array(z.string()),
});
export type Row = z.infer<typeof rowSchema>;

/** Gathers trials into a row; what happened is counted. */
export async function rowOf(what: string, trials: AsyncIterable<Trial>): Promise<Row> {
  const rows: Row[] = [];
  for await (const { happened, faults } of trials)
    rows.push({ what, times: 1, happened: { [happened]: 1 }, faults: [...faults] });
  return merged(rows)[0] ?? { what, times: 0, happened: {}, faults: [] };
}

/** One row for each thing that was tried, from parts of it. */
export function merged(parts: readonly Row[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { what, times, happened, faults } of parts) {
    const row = rows.get(what) ?? { what, times: 0, happened: {}, faults: [] };
    rows.set(what, row);
    row.times += times;
    for (const [each, count] of Object.entries(happened))
      row.happened[each] = (row.happened[each] ?? 0) + count;
    row.faults.push(...faults);
  }
  return [...rows.values()];
}

export interface Report {
  readonly rows: readonly Row[];
  readonly seed: number;
  readonly minutes: number;
}

const count = (value: number) => value.toLocaleString("en");

/** A row in one line. */
export function toldRow({ happened }: Row): string {
  return Object.entries(happened)
    .map(([each, times]) => `${count(times)} ${each}`)
    .join(", ");
}

/** The document as a whole. */
export function reliability({ rows, seed, minutes }: Report): string {
  const cells = rows.map((row) =>
    [row.what, count(row.times), toldRow(row), `${row.faults.length}`]
      .map((text) => text.replaceAll("|", "\\|"))
      .join(" | "),
  );
  return `# What SelMix was attacked with

\`npm run attack\` wrote this table, in ${Math.round(minutes)} minutes with seed ${seed}. What is promised, and to whom, stands in [SECURITY.md](../SECURITY.md).

After a kill or a fault of the disk these must hold: checkpoints and tables are as they were, byte for byte; the output is whole or not
there; 5 seconds later nothing runs any more that was started; and after the next \`selmix tune\`, which must end well with the same head, nothing
is left in the workspace or among our notes, and no run says that it is running.

| what was tried | times | what happened | faults |
|---|---|---|---|
${cells.map((row) => `| ${row} |`).join("\n")}

\`npm run attack -- --seed 7\` tries other moments and inputs, \`--kills 30\` and \`--inputs 10000\` say how many, and \`--resume\` goes on with
a run that was stopped. A few of each are part of \`npm test\`.
`;
}
