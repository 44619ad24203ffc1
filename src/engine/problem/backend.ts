/** The backend for a job, and where native packages may be looked for. */

import type { TuningSetting } from "../../project/configuration.ts";
import type { JobRequest, TuneRequest } from "../../protocol/engine.ts";
import { type Chosen, chooseBackend, defaultStorage, type Places } from "../backends/index.ts";
import type { Prepared } from "./prepare.ts";

/** The folder that the user named, in a setting or in the environment, and the workspace where the user says so. */
export function placesOf(scope: {
  workspace?: string;
  workspacePackages?: boolean;
  packagePath?: string;
  threads?: number;
  trigger?: TuneRequest["trigger"];
}): Places {
  const packagePath = scope.packagePath ?? process.env.SELMIX_PACKAGE_PATH;
  return {
    storage: process.env.SELMIX_STORAGE || defaultStorage(),
    ...(packagePath && { packagePath }),
    ...(scope.threads !== undefined && { threads: scope.threads }),
    ...(scope.trigger === "save" && { inBackground: true }),
    ...(scope.workspacePackages && scope.workspace && { trustedWorkspace: scope.workspace }),
  };
}

/** Makes the backend ready that suits a job of this size. */
export function backendFor(
  { problem }: Prepared,
  tuning: Pick<TuningSetting, "batchSize" | "steps">,
  request: Pick<
    Extract<JobRequest, { kind: "evaluate" }>,
    "backend" | "workspace" | "workspacePackages" | "packagePath" | "threads"
  > & { readonly trigger?: TuneRequest["trigger"] },
  signal: AbortSignal,
): Promise<Chosen> {
  const { classes, head, buckets } = problem;
  return chooseBackend({
    ...placesOf(request),
    forced: request.backend,
    job: { classes, size: head.size, batch: tuning.batchSize, buckets: buckets.length, steps: tuning.steps },
    signal,
  });
}
