/**
 * `npm run attack`: kills at any moment, faults of the disk at every write, two processes at once, hostile files and folders, and
 * mutated inputs, in a quarter of an hour on two quiet cores. Writes docs/reliability.md; fails when anything went wrong.
 *
 *     npm run attack -- --kills 300 --inputs 500000 --seed 1     as by default, the seed being the day
 *     npm run attack -- --minutes 5                               begins nothing after that; --resume goes on
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { merged, type Row, reliability, rowSchema, toldRow } from "./trials/table.ts";
import { fullExtent, type Task, tasksOf } from "./trials/tasks.ts";

const root = path.resolve(import.meta.dirname, "../..");
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: `${fullExtent.kills}` },
    stride: { type: "string", default: `${fullExtent.stride}` },
    pairs: { type: "string", default: `${fullExtent.pairs}` },
    inputs: { type: "string", default: `${fullExtent.inputs}` },
    seed: { type: "string", default: `${fullExtent.seed}` },
    minutes: { type: "string", default: "1000" },
    resume: { type: "boolean", default: false },
  },
});
const number = (text: string) => z.coerce.number().positive().parse(text);
const whole = (text: string) => z.coerce.number().int().min(1).parse(text);

const stateSchema = z.object({
  extent: z.object({
    kills: z.number(),
    stride: z.number(),
    pairs: z.number(),
    inputs: z.number(),
    seed: z.number(),
  }),
  minutes: z.number(),
  /** By the task that they came of. */
  rows: z.record(z.string(), z.array(rowSchema)),
});

const stateFile = path.join(root, ".cache/attack.json");
const state: z.infer<typeof stateSchema> =
  values.resume && existsSync(stateFile)
    ? stateSchema.parse(JSON.parse(readFileSync(stateFile, "utf8")))
    : {
        extent: {
          kills: whole(values.kills),
          stride: whole(values.stride),
          pairs: whole(values.pairs),
          inputs: whole(values.inputs),
          seed: whole(values.seed),
        },
        minutes: 0,
        rows: {},
      };
const [start, before] = [performance.now(), state.minutes];
const elapsed = () => (performance.now() - start) / 60_000;
const tasks = tasksOf(state.extent);

/** What is not done yet, in so many lanes; most tasks take one core. */
async function work(todo: Task[], lanes: number): Promise<void> {
  const lane = async () => {
    while (elapsed() < number(values.minutes)) {
      const task = todo.shift();
      if (!task) return;
      const rows = await task.run();
      rows.forEach(tell);
      state.rows[task.id] = [...rows];
      state.minutes = before + elapsed();
      mkdirSync(path.dirname(stateFile), { recursive: true });
      writeFileSync(stateFile, JSON.stringify(state, null, 1));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function tell(row: Row): void {
  console.log(`${row.what}: ${toldRow(row)}; ${row.faults.length} faults`);
  for (const fault of row.faults) console.log(`  ${fault}`);
}

const open = () => tasks.filter(({ id }) => state.rows[id] === undefined);
await work(
  open().filter(({ alone }) => !alone),
  2,
);
await work(
  open().filter(({ alone }) => alone),
  1,
);
const left = open().length;
const rows = merged(tasks.flatMap(({ id }) => state.rows[id] ?? []));
const faults = rows.reduce((sum, row) => sum + row.faults.length, 0);
console.log(`${faults} faults in ${state.minutes.toFixed(1)} minutes`);
if (left > 0) console.log(`${left} of ${tasks.length} parts are left: npm run attack -- --resume`);
else {
  writeFileSync(
    path.join(root, "docs/reliability.md"),
    reliability({ rows, seed: state.extent.seed, minutes: state.minutes }),
  );
  rmSync(stateFile);
}
process.exitCode = faults > 0 ? 1 : left > 0 ? 2 : 0;
