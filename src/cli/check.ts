/** `selmix check`: whether a checkpoint keeps the bounds and is no worse than an earlier run left it, for CI. */
import type { JobContext } from "../engine/job.ts";
import { runJob } from "../engine/process/jobs.ts";
import type { Project } from "../project/load.ts";
import { reachOfProject } from "../project/paths.ts";
import type { JobRequest } from "../protocol/engine.ts";
import {
  allPass,
  type Check,
  checksMarkdown,
  checksOf,
  checksText,
  checkText,
  junit,
} from "../words/check.ts";
import { statusMark } from "../words/constraints.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import { flatEvaluation } from "../words/flatMetrics.ts";
import type { Options } from "./arguments.ts";
import { runNamed } from "./folderNamed.ts";
import { marked, subject } from "./report.ts";
import { checkPlace, type Saving, saveFile, wanted } from "./saveFile.ts";
import type { Screen } from "./terminal.ts";
import { UsageError } from "./usageError.ts";
import type { Voice } from "./voice.ts";

type Request = Extract<JobRequest, { kind: "evaluate" }>;

const defaultTolerance = 0.02;

/** Measures, judges, and tells. Returns whether everything is known to hold. Throws `UsageError` where nothing is asked. */
export async function check(
  request: Request,
  project: Project,
  options: Options,
  context: JobContext,
  voice: Voice,
): Promise<boolean> {
  const { baseline, tolerance = defaultTolerance, replace } = options;
  if (baseline === undefined && project.configuration.constraints.length === 0) {
    throw new UsageError(
      `${project.path} has no "constraints" and no --baseline is named, so that any checkpoint would pass; add one of them.`,
    );
  }
  const against =
    baseline === undefined
      ? {}
      : { against: { runFolder: runNamed(baseline, project.path, reachOfProject(project)), tolerance } };
  const saving: Saving = { replace, signal: context.signal };
  const places = { junit: wanted("--junit", options.junit), metrics: wanted("--metrics", options.metrics) };
  for (const place of Object.values(places)) if (place) await checkPlace(place, project, saving);
  const result = await runJob<"evaluate">({ ...request, ...against }, context);
  const checks = checksOf(result);
  const passed = allPass(checks);
  if (places.junit) await saveFile(places.junit.file, junit(result, checks), saving);
  if (places.metrics) await saveFile(places.metrics.file, flatEvaluation(result), saving);
  const { checkpoint, warnings } = result;
  if (options.md && !options.json) voice.document(checksMarkdown(result, checks));
  else
    voice.result({ checkpoint, passed, checks, against: result.against ?? null, warnings }, (screen) =>
      checkReport(result, checks, screen),
    );
  return passed;
}

function checkReport(
  { checkpoint, warnings }: { readonly checkpoint: string | null; readonly warnings: readonly string[] },
  checks: readonly Check[],
  screen: Screen,
): TerminalText {
  const { paint } = screen;
  const { text } = terminal;
  const passed = allPass(checks);
  return terminalLines([
    terminal`${paint("bold", subject({ checkpoint }))}: ${paint(passed ? "green" : "red", text(checksText(checks)))}`,
    ...checks.flatMap((check) => {
      const { mark } = statusMark(check.status);
      const painted = paint(mark === "✓" ? "green" : mark === "✗" ? "red" : "yellow", text(mark));
      return marked(painted, checkText(check), screen);
    }),
    ...warnings.flatMap((warning) => marked(paint("yellow", terminal`!`), warning, screen)),
  ]);
}
