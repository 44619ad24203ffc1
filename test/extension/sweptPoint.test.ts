/** What the recall panel is sent of a point of a sweep. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pointMessage } from "../../src/extension/panels/sweptPoint.ts";
import { reachOf } from "../../src/files/place.ts";
import { pointPlace } from "../../src/project/sweepFolder.ts";
import { toPanel } from "../../src/protocol/panels.ts";
import { syntheticRun } from "../webview/syntheticRun.ts";
import { syntheticSweep } from "../webview/syntheticSweep.ts";

const sweep = syntheticSweep();
const { run, result } = syntheticRun({ classes: 4, cycles: 1 });
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-point-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes the run that a point keeps, as a sweep does. Returns where. */
function keep(at: number): string {
  const { within, name } = pointPlace(folder, at);
  const kept = path.join(within, name);
  mkdirSync(kept, { recursive: true });
  writeFileSync(path.join(kept, "run.json"), JSON.stringify(run));
  writeFileSync(path.join(kept, "result.json"), JSON.stringify(result));
  return kept;
}

/** The point as the page takes it in. */
function sent(at: number, of = sweep) {
  const message = pointMessage({ sweepFolder: folder, sweep: of, at, reach: reachOf(folder) });
  const parsed = message && toPanel.parse(message);
  return parsed?.type === "point" ? parsed.point : null;
}

it("is the point alone of all of the sweep's, with the run that is kept of it", () => {
  const kept = keep(4);
  const point = sent(4);
  expect(point?.at).toBe(4);
  expect(point?.sweep.points).toEqual([sweep.points[4]]);
  expect(point?.sweep.bounds).toHaveLength(10);
  expect(point?.run?.runFolder).toBe(kept);
  expect(point?.run?.result?.after).toEqual(result?.after);
});

it("is without a run while the sweep is at work, where none is kept, and where a link leads out of reach", () => {
  const kept = keep(4);
  expect(sent(4, { ...sweep, state: "running" })?.run).toBeNull();
  expect(sent(5)?.run).toBeNull();
  const outside = mkdtempSync(path.join(os.tmpdir(), "selmix-point-"));
  renameSync(kept, path.join(outside, "run"));
  symlinkSync(path.join(outside, "run"), kept);
  expect(sent(4)?.run).toBeNull();
  rmSync(outside, { recursive: true });
});

it("is nothing where the sweep has no such point", () => {
  expect(sent(10)).toBeNull();
  expect(sent(-1)).toBeNull();
});
