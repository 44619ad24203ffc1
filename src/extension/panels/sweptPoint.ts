/** A point of a sweep on its way to the recall panel, which shows it in place of a run. */
import path from "node:path";
import { isWithin, type Reach } from "../../files/place.ts";
import { readRun } from "../../project/readRuns.ts";
import { pointPlace } from "../../project/sweepFolder.ts";
import { packSnapshot } from "../../protocol/packedSnapshot.ts";
import type { PackedToPanel } from "../../protocol/panels.ts";
import type { SweepRecord } from "../../protocol/sweep.ts";
import { snapshotFor } from "./snapshotFor.ts";

/** A point that a person looks at. */
export interface SweptPoint {
  readonly sweepFolder: string;
  readonly sweep: SweepRecord;
  /** Its place in the sweep, from 0. */
  readonly at: number;
  /** How far what lies in the sweep's folder may reach. */
  readonly reach: Reach;
}

/**
 * Why a point is to be shown: it was moved to, which an open recall panel follows; a person asked for it, so that the panel is opened; or
 * its sweep has more to say of it, which is for panels that show it already.
 */
export type Looking = "moved" | "asked" | "changed";

/** The point with all that is kept of it; null where the sweep has no such point. */
export function pointMessage({ sweepFolder, sweep, at, reach }: SweptPoint): PackedToPanel | null {
  const point = sweep.points[at];
  if (point === undefined) return null;
  const { within, name } = pointPlace(sweepFolder, at);
  const kept = path.join(within, name);
  // Heads are written at a sweep's end; before it, what lies there is half written.
  const run = sweep.state === "done" && isWithin(reach, kept) ? readRun(kept) : null;
  const shown = run && packSnapshot(snapshotFor("recall", run));
  return { type: "point", point: { sweep: { ...sweep, points: [point] }, at, run: shown } };
}
