/** Opens a table and reads its first and last row, or hashes a checkpoint's arrays; prints them, and the memory that it took. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { openFeatureTable } from "../../src/features/open.ts";

const [what = "", file = "", cache = ""] = process.argv.slice(2);
const before = process.memoryUsage.rss();
let most = before;
// Sampled: the system's own maximum starts with that of the process that started this one.
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 5);
const found = await (what === "table" ? readRows() : hashArrays());
clearInterval(watch);
const megabytes = (Math.max(most, process.memoryUsage.rss()) - before) / 2 ** 20;
console.log(JSON.stringify({ found, megabytes }));

async function readRows(): Promise<unknown> {
  const { rows, close } = await openFeatureTable(file, { cache });
  const ends = [0, rows.count - 1].map((at) => {
    const row = new Float32Array(rows.size);
    rows.read(at, 1, row, 0);
    return [row[0], row.at(-1)];
  });
  const during = readdirSync(cache).length;
  close();
  return { ends, during };
}

async function hashArrays(): Promise<unknown> {
  const checkpoint = await openCheckpoint(file);
  const hash = createHash("sha256");
  for (const { name } of checkpoint.tensors) {
    for await (const piece of checkpoint.bytesOf(name)) hash.update(piece);
  }
  await checkpoint.close();
  return hash.digest("hex");
}
