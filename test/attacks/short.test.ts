/** A few of the trials of `npm run attack`, and what it wrote when it tried them all. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kills, victims } from "./trials/kills.ts";
import { rowOf } from "./trials/table.ts";
import { fullExtent, tasksOf } from "./trials/tasks.ts";
import { evaluationsAtOnce, tunesAtOnce } from "./trials/together.ts";
import { diskFaults, tidying, writePoints } from "./trials/writePoints.ts";

const patient = { timeout: 300_000 };

describe.skipIf(process.platform !== "linux")("nothing is lost, half done or left", () => {
  const some = victims.filter(({ name }) => /with a feature command|the engine$|at once/.test(name));

  it.each(some)("by kill -9 of $name", patient, async (victim) => {
    expect((await rowOf("", kills(victim, 1, 3))).faults).toEqual([]);
  });

  it.each(diskFaults)("by a disk that says %s", patient, async (fault) => {
    const row = await rowOf("", writePoints(fault, { stride: 60 }));
    expect(row.faults).toEqual([]);
    expect(row.times).toBeGreaterThan(1);
  });

  it("by a disk that does not let go of a temporary file", patient, async () => {
    const row = await rowOf("", writePoints("EIO", { stride: 4, which: tidying }));
    expect(row.faults).toEqual([]);
    expect(row.times).toBeGreaterThan(3);
  });

  it("by two processes at once", patient, async () => {
    expect((await rowOf("", tunesAtOnce(1, 1))).faults).toEqual([]);
    expect((await rowOf("", evaluationsAtOnce(1, 1))).faults).toEqual([]);
  });
});

it("the table of attacks has a row for each of them, with a result, and tells no fault", () => {
  const rows = readFileSync("docs/reliability.md", "utf8")
    .split("\n")
    .filter((line) => /^\| .* \| [\d,]+ \| .* \|$/.test(line))
    .map((line) => line.slice(2, -2).split(" | "));
  const times = new Map(rows.map(([what = "", count = ""]) => [what, Number(count.replaceAll(",", ""))]));
  for (const { row } of tasksOf(fullExtent)) if (row !== null) expect(times.get(row), row).toBeGreaterThan(0);
  const killed = [...times].filter(([what]) => what.startsWith("kill -9"));
  expect(killed.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThanOrEqual(300);
  expect(rows.filter(([, , happened]) => happened?.endsWith("tests passed")).length).toBeGreaterThan(5);
  expect(rows.filter((cells) => cells[3] !== "0")).toEqual([]);
});
