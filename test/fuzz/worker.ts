/** Feeds one reader; says after each input how far it is, so that the parent sees a hang. */
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { attempt, inputOf, prepare } from "./attempt.ts";
import { targets } from "./targets.ts";

const task = z
  .object({
    name: z.string(),
    from: z.number(),
    count: z.number(),
    folder: z.string(),
    at: z.instanceof(SharedArrayBuffer),
    series: z.number(),
  })
  .parse(workerData);
const target = (await targets()).find((one) => one.name === task.name);
if (!target) throw new Error(`no target ${task.name}`);
const at = new Int32Array(task.at);
const file = prepare(target, task.folder);
for (let index = task.from; index < task.from + task.count; index++) {
  Atomics.store(at, 0, index);
  const problem = await attempt(target, file, inputOf(target, index, task.series), index % 16 === 0);
  if (problem !== null) parentPort?.postMessage({ index, problem });
}
