/** A point of a sweep taken into use: it becomes a run of its own, as if a tune under its bound had ended with it, and that is used. */
import path from "node:path";
import { lookAt } from "../../files/fresh.ts";
import { type Reach, realPlace } from "../../files/place.ts";
import { reachOfProject } from "../../project/paths.ts";
import { runsFolder } from "../../project/runFolder.ts";
import { pointPlace, readSweep, sweepsFolder, writeSweep } from "../../project/sweepFolder.ts";
import type { JobRequest, UseResult } from "../../protocol/engine.ts";
import type { SweepRecord } from "../../protocol/sweep.ts";
import { JobError } from "../errors.ts";
import type { JobContext } from "../job.ts";
import { asRun, earlierRun } from "../run/asRun.ts";
import { useRun } from "../run/useRun.ts";

type Request = Extract<JobRequest, { kind: "usePoint" }>;

/**
 * Writes the head of a point where the sweep's configuration says, or elsewhere. Throws `JobError` where the point has none or is not
 * proved though proofs are asked for, and whatever `useRun` does.
 */
export async function usePoint(request: Request, context: JobContext): Promise<UseResult> {
  const folder = path.resolve(request.sweepFolder);
  const sweep = readSweep(folder);
  if (!sweep) throw new JobError(`${folder} is no sweep; name one under .selmix/sweeps.`);
  const { configurationPath: file } = sweep;
  const workspace = path.resolve(request.workspace ?? path.dirname(file));
  const own = sweepsFolder(path.dirname(file));
  if (realPlace(path.dirname(folder)) !== realPlace(own))
    throw new JobError(
      `The sweep in ${folder} is none of ${file}; go to where it was made, or sweep afresh.`,
    );
  const { point: at, ...scope } = request;
  requireUsable(sweep, folder, at);
  const reach = reachOfProject({ workspace, allowOutside: request.allowOutside ?? false });
  const runFolder = runOfPoint(sweep, folder, at, reach);
  const used = await useRun({ ...scope, kind: "use", runFolder, workspace }, context);
  const points = sweep.points.map((point, one) =>
    one === at ? { ...point, usedAs: path.basename(runFolder) } : point,
  );
  writeSweep(folder, { ...sweep, points });
  return used;
}

function requireUsable({ state, points, confidence }: SweepRecord, folder: string, at: number): void {
  const name = path.basename(folder);
  if (state === "running")
    throw new JobError(`The sweep ${name} is still at work; stop it, or wait for its end.`);
  const point = points[at];
  if (state !== "done" || point === undefined)
    throw new JobError(
      `The sweep ${name} has no point ${at + 1} that kept a head; sweep again, or use another.`,
    );
  if (!point.kept)
    throw new JobError(
      `Point ${at + 1} of ${name} came to the checkpoint as it is; there is no other head to use.`,
    );
  if (confidence !== null)
    throw new JobError(
      `Point ${at + 1} of ${name} is not proved, and "confidence" asks for it: set its bound in selmix.json and tune, which proves it where the rows can.`,
    );
}

/** The run that a point becomes, the same one however often it is used. */
function runOfPoint(sweep: SweepRecord, folder: string, at: number, reach: Reach): string {
  const runs = runsFolder(path.dirname(sweep.configurationPath));
  const known = earlierRun(runs, sweep.points[at]?.usedAs ?? null);
  if (known !== null) return known;
  const { within, name } = pointPlace(folder, at);
  const kept = path.join(within, name);
  if (!lookAt(kept)?.isDirectory())
    throw new JobError(`The head of point ${at + 1} is gone from ${folder}; sweep again.`);
  return asRun(kept, runs, sweep, reach);
}
