/** `selmix use` and `selmix discard`: a run's head in its place, or out of it. */
import path from "node:path";
import type { JobContext } from "../engine/job.ts";
import { runJob } from "../engine/process/jobs.ts";
import { reachOfProject } from "../project/paths.ts";
import { terminal, terminalLines } from "../words/escape/sinks.ts";
import type { Options } from "./arguments.ts";
import { runNamed, sweepNamed } from "./folderNamed.ts";
import { usePoint } from "./sweep.ts";
import type { Voice } from "./voice.ts";

interface Scope {
  readonly configurationPath: string;
  readonly workspace: string;
  readonly allowOutside: boolean;
  readonly trusted: boolean;
}

const line = (sentence: string) => () => terminalLines([terminal.text(sentence)]);

export async function use(
  run: string,
  scope: Scope,
  options: Options,
  context: JobContext,
  voice: Voice,
): Promise<void> {
  const { output, replace, point } = options;
  if (point !== undefined) {
    const folder = sweepNamed(run, scope.configurationPath, reachOfProject(scope));
    const used = await usePoint(folder, point, scope, options, context);
    voice.result(used, line(used.sentence));
    return;
  }
  const place = output === undefined ? {} : { output: path.resolve(output) };
  // Runs are called by when they began, and tasks of grids by a hash.
  if (/^[0-9a-f]{6,40}$/.test(run)) {
    const { useTask } = await import("../engine/grid/useTask.ts");
    const used = await useTask(run, scope, { ...place, replace }, context);
    voice.result(used, line(used.sentence));
    return;
  }
  const request = { ...requestFor(run, scope), ...place, replace };
  const result = await runJob<"use">({ kind: "use", ...request }, context);
  voice.result(result, line(result.sentence));
}

export async function discard(
  run: string,
  scope: Scope,
  _: Options,
  context: JobContext,
  voice: Voice,
): Promise<void> {
  const result = await runJob<"discard">({ kind: "discard", ...requestFor(run, scope) }, context);
  voice.result(result, line(result.sentence));
}

function requestFor(run: string, { configurationPath, workspace, allowOutside, trusted }: Scope) {
  const reach = reachOfProject({ workspace, allowOutside });
  return { runFolder: runNamed(run, configurationPath, reach), workspace, allowOutside, trusted };
}
