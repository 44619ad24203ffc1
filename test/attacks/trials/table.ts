/** docs/reliability.md: what was tried, how often, what happened. */
import type { Trial } from "./arena.ts";

export interface Row {
  readonly what: string;
  readonly times: number;
  readonly happened: string;
  readonly faults: readonly string[];
}

/** Gathers trials into a row; what happened is counted. */
export async function rowOf(what: string, trials: AsyncIterable<Trial>): Promise<Row> {
  const all: Trial[] = [];
  for await (const trial of trials) all.push(trial);
  const counts = Map.groupBy(all, ({ happened }) => happened);
  const happened = [...counts].map(([each, { length }]) => `${length} ${each}`).join(", ");
  return { what, times: all.length, happened, faults: all.flatMap(({ faults }) => faults) };
}

export interface Report {
  readonly rows: readonly Row[];
  readonly seed: number;
  readonly minutes: number;
}

/** The document as a whole. */
export function reliability({ rows, seed, minutes }: Report): string {
  const count = (value: number) => value.toLocaleString("en");
  const cells = rows.map(({ what, times, happened, faults }) =>
    [what, count(times), happened, `${faults.length}`].map((text) => text.replaceAll("|", "\\|")).join(" | "),
  );
  return `# What SelMix was attacked with

\`npm run attack\` wrote this table, in ${Math.round(minutes)} minutes with seed ${seed}. What is promised, and to whom, stands in [SECURITY.md](../SECURITY.md).

After a kill or a fault of the disk these must hold: checkpoints and tables are as they were, byte for byte; the output is whole or not
there; 5 seconds later nothing runs any more that was started; and after the next \`selmix tune\`, which must end well with the same head, nothing
is left in the workspace or among our notes, and no run says that it is running.

| what was tried | times | what happened | faults |
|---|---|---|---|
${cells.map((row) => `| ${row} |`).join("\n")}

\`npm run attack -- --seed 7\` tries other moments and inputs, \`--kills 30\` and \`--inputs 10000\` say how many. A few of each are part of \`npm test\`.
`;
}
