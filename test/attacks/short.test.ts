/** A few of the trials of `npm run attack`. */
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

it("the table of attacks tells no fault, and tells of each", () => {
  const rows = readFileSync("docs/reliability.md", "utf8")
    .split("\n")
    .filter((line) => /^\| .* \| \d+ \|$/.test(line));
  expect(rows.filter((row) => !row.endsWith("| 0 |"))).toEqual([]);
  const tried = tasksOf(fullExtent).flatMap(({ row }) => row ?? []);
  for (const what of tried)
    expect(
      rows.some((row) => row.startsWith(`| ${what} |`)),
      what,
    ).toBe(true);
});
