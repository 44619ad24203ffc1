/** Opens a checkpoint, reads one tensor, and prints what that took: milliseconds of processor, megabytes of memory. */
import { isCompleteCheckpoint, openCheckpoint } from "../../src/checkpoints/formats.ts";

const [file = "", tensor = ""] = process.argv.slice(2);
const memory = process.memoryUsage.rss();
const cpu = process.cpuUsage();
const isComplete = await isCompleteCheckpoint(file);
const checkpoint = await openCheckpoint(file);
const values = await checkpoint.read(tensor);
await checkpoint.close();
const { user, system } = process.cpuUsage(cpu);
const megabytes = (process.resourceUsage().maxRSS * 1024 - memory) / 2 ** 20;
console.log(
  JSON.stringify({ isComplete, milliseconds: (user + system) / 1000, megabytes, values: [...values] }),
);
