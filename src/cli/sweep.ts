/** `selmix sweep`: what a bound costs the objective, for many of its values; and the head of one of them in its place. */

import path from "node:path";
import type { JobContext } from "../engine/job.ts";
import { runJob } from "../engine/process/jobs.ts";
import { type BoundKind, constraintIds, metricOf } from "../metrics/catalogue.ts";
import { nearest } from "../project/problems.ts";
import type { JobRequest } from "../protocol/engine.ts";
import type { SweptBound } from "../protocol/sweep.ts";
import { terminal, terminalLines } from "../words/escape/sinks.ts";
import type { Options } from "./arguments.ts";
import { sweepReport } from "./sweepReport.ts";
import { UsageError } from "./usageError.ts";
import type { Voice } from "./voice.ts";

type SweepRequest = Extract<JobRequest, { kind: "sweep" }>;

const defaultPoints = 20;

/** Sweeps, prints, and with --use writes the head of a point. */
export async function sweep(
  request: Omit<SweepRequest, "kind" | "swept" | "bounds">,
  options: Options,
  context: JobContext,
  voice: Voice,
): Promise<void> {
  const swept = sweptBy(options);
  const bounds = options.bounds ?? options.points ?? defaultPoints;
  const { use } = options;
  if (use !== undefined && Array.isArray(bounds) && use > bounds.length)
    throw new UsageError(`--use ${use} is beyond the ${bounds.length} bounds that are swept.`);
  const result = await runJob<"sweep">({ ...request, kind: "sweep", swept, bounds }, context);
  const { sweepFolder } = result;
  const used = use === undefined ? null : await usePoint(sweepFolder, use, request, options, context);
  voice.result({ ...result, ...(used && { used }) }, (screen) =>
    terminalLines([
      sweepReport(result.sweep, sweepFolder, screen),
      ...(used === null ? [] : [terminal.text(used.sentence)]),
    ]),
  );
}

type Scope = Pick<SweepRequest, "workspace" | "allowOutside" | "trusted">;

/** Writes the head of a point, counted from 1. */
export function usePoint(
  sweepFolder: string,
  point: number,
  { workspace, allowOutside, trusted }: Scope,
  { output, replace }: Options,
  context: JobContext,
) {
  const place = output === undefined ? {} : { output: path.resolve(output) };
  const request = { sweepFolder, point: point - 1, ...place, replace, workspace, allowOutside, trusted };
  return runJob<"usePoint">({ kind: "usePoint", ...request }, context);
}

/** The bound that is swept, as it was typed. */
export function sweptBy({ metric: typed, class: label, attribute, kind }: Options): SweptBound {
  if (typed === undefined)
    throw new UsageError(`Which bound? Name its metric with --metric: ${constraintIds.join(", ")}.`);
  const metric = constraintIds.find((id) => id === typed);
  if (metric === undefined) {
    const close = nearest(typed, constraintIds);
    throw new UsageError(
      `There is no bound on "${typed}"; ${close ? `did you mean "${close}"?` : `use one of ${constraintIds.join(", ")}.`}`,
    );
  }
  const [usual = "atLeast", ...others]: readonly BoundKind[] = metricOf(metric).bounds;
  if (kind !== undefined && kind !== usual && !others.includes(kind))
    throw new UsageError(`A bound on ${metric} can only be ${usual}.`);
  return {
    metric,
    kind: kind ?? usual,
    ...(label !== undefined && { classes: [label] }),
    ...(attribute !== undefined && { attribute }),
  };
}
