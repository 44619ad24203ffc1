/**
 * Does it hold? Sweeps of known populations: of the points that validation says keep their bound, how many do on fresh rows, and of those
 * that somebody would use who goes as far as the curve does. `node bench/frontier/holds.ts [populations]`
 */
import { rmSync } from "node:fs";
import { runJob } from "../../src/engine/process/jobs.ts";
import { madeTable, TableWorkspace } from "../../test/support/tables.ts";

const populations = Number(process.argv[2] ?? 40);
const fresh = 6000;

interface Count {
  said: number;
  held: number;
}
const share = ({ said, held }: Count) => `${held} of ${said}`;

for (const rows of [60, 150, 400]) {
  const [every, strictest]: [Count, Count] = [
    { said: 0, held: 0 },
    { said: 0, held: 0 },
  ];
  for (let seed = 0; seed < populations; seed++) {
    const workspace = new TableWorkspace();
    workspace.table("train", madeTable([600, 150, 50], 10 * seed + 1));
    workspace.table("validation", madeTable([rows, rows, rows], 10 * seed + 2));
    workspace.table("test", madeTable([fresh, fresh, fresh], 10 * seed + 3));
    workspace.configure({ objective: "meanRecall" });
    const { sweep } = await runJob<"sweep">(
      {
        ...{
          kind: "sweep",
          configurationPath: workspace.configurationPath,
          checkpoint: null,
          backend: "cpu",
        },
        ...{ swept: { metric: "recall", kind: "atLeast" }, bounds: 20, trusted: true },
      },
      {
        signal: new AbortController().signal,
        progress: () => undefined,
        cycle: () => undefined,
        program: () => undefined,
      },
    );
    const said = sweep.points.filter(({ constraints }) => constraints.at(-1)?.status === "holds");
    const holds = said.map(({ bound, test }) => (test?.bounded.value ?? 0) >= bound);
    every.said += said.length;
    every.held += holds.filter(Boolean).length;
    strictest.said += Math.min(1, said.length);
    strictest.held += holds.at(-1) === true ? 1 : 0;
    rmSync(workspace.folder, { recursive: true });
  }
  console.log(
    `${rows} validation rows a class: every point ${share(every)}, the strictest ${share(strictest)}`,
  );
}
