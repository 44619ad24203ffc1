/**
 * How long large tables take to open, and how much memory: node bench/tables/run.ts <folder>, after make_large.py has filled it.
 * Each opening is a process of its own, so that peaks are its own.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { openFeatureTable } from "../../src/features/open.ts";

const [folder = ".", name] = process.argv.slice(2);

if (name === undefined) {
  for (const table of [
    "scores.csv",
    "columns.parquet",
    "columns.parquet",
    "lists.parquet",
    "lists.parquet",
  ]) {
    const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, folder, table], {
      encoding: "utf8",
    });
    process.stdout.write(stdout || stderr);
  }
} else {
  const isScores = name === "scores.csv";
  const started = performance.now();
  const table = await openFeatureTable(path.join(folder, name), {
    columns: isScores ? { labels: "dx", features: "p_*" } : { labels: "label", features: "emb*" },
    cache: path.join(folder, "cache"),
  });
  const opened = performance.now();
  const { rows } = table;
  const row = new Float32Array(rows.size);
  for (let i = 0; i < 10_000; i++) rows.read((i * 7919) % rows.count, 1, row, 0);
  const read = performance.now();
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  console.log(
    `${name}: ${rows.count} x ${rows.size}, opened in ${seconds(opened - started)}, 10,000 rows here and there in ` +
      `${seconds(read - opened)}, at most ${Math.round(process.resourceUsage().maxRSS / 1000)} MB`,
  );
  table.close();
}
