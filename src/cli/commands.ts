/** From what was typed to a job of the engine, and from its result to what is printed. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { JobContext } from "../engine/job.ts";
import { runJob } from "../engine/jobs.ts";
import { loadProject } from "../project/load.ts";
import { isInside } from "../project/paths.ts";
import type { Invocation, Options } from "./arguments.ts";
import { backendsReport, controlsReport, evaluateReport, inspectReport } from "./otherReports.ts";
import { tuneReport } from "./report.ts";
import type { Screen } from "./terminal.ts";

export interface Outcome {
  /** What --json prints. */
  readonly result: object;
  text(screen: Screen): string;
  /** Whether every constraint holds. */
  readonly satisfied: boolean;
}

export async function runInvocation(invocation: Invocation, context: JobContext): Promise<Outcome> {
  const { command, options } = invocation;
  const checkpoint = invocation.checkpoint === null ? null : path.resolve(invocation.checkpoint);
  const common = {
    ...scopeOf(options),
    configurationPath: path.resolve(options.config),
    checkpoint,
    backend: options.backend,
  };
  const { objective, steps, seed } = options;
  switch (command) {
    case "tune": {
      const request = { ...common, objective, steps, seed, trigger: "user" as const };
      const result = await runJob<"tune">({ kind: "tune", request }, context);
      const satisfied = result.constraints.every((verdict) => verdict.satisfied);
      return { result, satisfied, text: (screen) => tuneReport(result, screen) };
    }
    case "evaluate": {
      const result = await runJob<"evaluate">({ kind: "evaluate", ...common }, context);
      return { result, satisfied: true, text: (screen) => evaluateReport(result, screen) };
    }
    case "controls": {
      const result = await runJob<"controls">(
        { kind: "controls", ...common, objective, steps, seed },
        context,
      );
      const shown = objective ?? loadProject(common.configurationPath, common).configuration.objective;
      return { result, satisfied: true, text: (screen) => controlsReport(result, shown, screen) };
    }
    case "inspect": {
      const configurationPath =
        options.configGiven || existsSync(common.configurationPath) ? common.configurationPath : null;
      const request = {
        kind: "inspect",
        ...scopeOf(options),
        checkpoint: checkpoint ?? "",
        configurationPath,
      } as const;
      const result = await runJob<"inspect">(request, context);
      return { result, satisfied: true, text: (screen) => inspectReport(result, screen) };
    }
    case "backends": {
      const result = await runJob<"backends">({ kind: "backends", ...scopeOf(options) }, context);
      return { result, satisfied: true, text: (screen) => backendsReport(result, screen) };
    }
    case "watch":
      throw new Error("not here");
  }
}

/** Whoever types in a folder trusts it: the workspace is where they are, or else where the configuration is. */
function scopeOf(options: Options) {
  const here = process.cwd();
  const folder = path.dirname(path.resolve(options.config));
  return {
    workspace: isInside(here, folder) ? here : folder,
    allowOutside: options.allowOutside,
    trusted: true,
  };
}
