/** From what was typed to a job of the engine, and from its result to what is printed. */

import { existsSync } from "node:fs";
import path from "node:path";
import type { JobContext } from "../engine/job.ts";
import { tidy } from "../engine/problem/workplace.ts";
import { runJob } from "../engine/process/jobs.ts";
import { isInside } from "../files/place.ts";
import { objectiveKey } from "../metrics/composed.ts";
import { loadProject } from "../project/load.ts";
import type { TuneResult } from "../protocol/records.ts";
import type { Save } from "../watching/saves.ts";
import { evaluationCsv } from "../words/evaluationCsv.ts";
import { flatEvaluation, flatResult } from "../words/flatMetrics.ts";
import { isSettled } from "../words/verdict.ts";
import type { Invocation, Options } from "./arguments.ts";
import { evaluateReport } from "./evaluateReport.ts";
import { backendsReport, controlsReport, inspectReport } from "./otherReports.ts";
import { tuneReport } from "./report.ts";
import { checkPlace, saveFile, wanted } from "./saveFile.ts";
import type { Voice } from "./voice.ts";

/** Runs a command to its end. Returns whether it came to what was asked for: a head to be used that keeps every bound. */
export async function runInvocation(
  invocation: Invocation,
  context: JobContext,
  voice: Voice,
): Promise<boolean> {
  const { command, options } = invocation;
  const checkpoint = invocation.operand === null ? null : path.resolve(invocation.operand);
  const { objective, backend, replace, keep: keepRuns } = options;
  const { steps, seed, prior, margin, calibrate, groupsAtPrediction } = options;
  const choices = { objective, steps, seed, prior, margin, calibrate, groupsAtPrediction };
  const common = {
    ...scopeOf(options),
    configurationPath: path.resolve(options.config),
    checkpoint,
    backend,
  };
  switch (command) {
    case "tune": {
      const resume = options.resume === undefined ? {} : { resume: path.resolve(options.resume) };
      const request = {
        ...common,
        ...choices,
        ...resume,
        replace,
        keepRuns,
        trigger: "user" as const,
      };
      const saving = { replace, signal: context.signal };
      const metrics = wanted("--metrics", options.metrics);
      if (metrics) await checkPlace(metrics, loadProject(common.configurationPath, common), saving);
      const result = await runJob<"tune">({ kind: "tune", request }, context);
      if (metrics) await saveFile(metrics.file, flatResult(result), saving);
      showTune(result, voice);
      return isSettled(result);
    }
    case "evaluate": {
      const saving = { replace, signal: context.signal };
      const places = { csv: wanted("--csv", options.csv), metrics: wanted("--metrics", options.metrics) };
      for (const place of Object.values(places))
        if (place) await checkPlace(place, loadProject(common.configurationPath, common), saving);
      const result = await runJob<"evaluate">({ kind: "evaluate", ...common }, context);
      if (places.csv) await saveFile(places.csv.file, evaluationCsv(result), saving);
      if (places.metrics) await saveFile(places.metrics.file, flatEvaluation(result), saving);
      voice.result(result, (screen) => evaluateReport(result, screen));
      return true;
    }
    case "check": {
      const { check } = await import("./check.ts");
      const project = loadProject(common.configurationPath, common);
      return check({ kind: "evaluate", ...common }, project, options, context, voice);
    }
    case "controls": {
      const request = { kind: "controls", ...common, ...choices } as const;
      const result = await runJob<"controls">(request, context);
      const { configuration } = loadProject(common.configurationPath, common);
      const shown = objectiveKey(objective ?? configuration.objective);
      voice.result(result, (screen) => controlsReport(result, shown, screen));
      return true;
    }
    case "sweep": {
      if (isGrid(options)) {
        const { grid } = await import("./grid.ts");
        return grid(common, choices, options, context, voice);
      }
      const { sweep } = await import("./sweep.ts");
      await sweep({ ...common, ...choices }, options, context, voice);
      return true;
    }
    case "inspect": {
      const known = options.configGiven || existsSync(common.configurationPath);
      const configurationPath = known ? common.configurationPath : null;
      if (known) tidy({ ...scopeOf(options), folder: path.dirname(common.configurationPath) });
      const request = {
        kind: "inspect",
        ...scopeOf(options),
        checkpoint: checkpoint ?? "",
        configurationPath,
      };
      const result = await runJob<"inspect">({ ...request, kind: "inspect" }, context);
      voice.result(result, (screen) => inspectReport(result, screen));
      return true;
    }
    case "backends": {
      if (options.remove !== undefined) await remove(options.remove, voice);
      if (options.install !== undefined) await install(options.install, context, voice);
      const result = await runJob<"backends">({ kind: "backends", ...scopeOf(options) }, context);
      voice.result(result, (screen) => backendsReport(result, screen));
      return true;
    }
    case "watch": {
      const { watch } = await import("./watch.ts");
      const tune = async ({ path: checkpoint, content }: Save) => {
        const own = { checkpoint, content, trigger: "save" as const };
        const request = { ...common, ...own, ...choices, replace, keepRuns };
        showTune(await runJob<"tune">({ kind: "tune", request }, context), voice);
      };
      const project = loadProject(common.configurationPath, common);
      tidy(project);
      await watch(project, tune, context.signal, voice.note);
      return true;
    }
    case "report": {
      const { report } = await import("./runReport.ts");
      const project = loadProject(common.configurationPath, common);
      await report(invocation.operand, project, options, context.signal, voice);
      return true;
    }
    case "use":
    case "discard": {
      const { use, discard } = await import("./takeBack.ts");
      const named = invocation.operand ?? "";
      await (command === "use" ? use : discard)(named, common, options, context, voice);
      return true;
    }
    case "verify": {
      const { verify } = await import("./verify.ts");
      return verify(invocation.operand ?? "", context, voice);
    }
    case "runs": {
      const { runsCommand } = await import("./runs.ts");
      await runsCommand(common, options, voice);
      return true;
    }
  }
}

/** Whether a sweep is one of independent tunes, rather than the frontier of one bound. */
function isGrid({ objectives, seeds, checkpoints, draws, workers, on, work }: Options): boolean {
  return [objectives, seeds, checkpoints, draws, workers, on, work].some((one) => one !== undefined);
}

function showTune(result: TuneResult, voice: Voice): void {
  voice.result(result, (screen) => tuneReport(result, screen));
}

async function install(name: string, { signal }: JobContext, voice: Voice): Promise<void> {
  const { installNamed } = await import("./install.ts");
  await installNamed(name, signal, voice.note);
}

async function remove(name: string, voice: Voice): Promise<void> {
  const { removeNamed } = await import("./install.ts");
  await removeNamed(name, voice.note);
}

/**
 * Whoever types in a folder trusts its configuration and what that runs, packages of its node_modules only when told to. The
 * workspace is where they are, or else where the configuration is.
 */
function scopeOf(options: Options) {
  const here = process.cwd();
  const folder = path.dirname(path.resolve(options.config));
  return {
    workspace: isInside(here, folder) ? here : folder,
    allowOutside: options.allowOutside,
    trusted: true,
    workspacePackages: options.workspacePackages,
    threads: options.threads,
  };
}
