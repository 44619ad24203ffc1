/** `selmix report`: a run as a page, a model card, or data. The pictures and words are those of the recall panel's own report. */
import { pngAddress } from "../files/png.ts";
import type { Project } from "../project/load.ts";
import { reachOfProject } from "../project/paths.ts";
import { listRunFolders, readGain, readRun, readSummary } from "../project/readRuns.ts";
import type { RunSnapshot } from "../protocol/panels.ts";
import { modelCard } from "../webview/report/modelCard.ts";
import { reportHtml } from "../webview/report/page.ts";
import { reportRecord, wholeReport } from "../webview/report/runReport.ts";
import type { Markdown } from "../words/escape/markdown.ts";
import type { Html } from "../words/escape/sinks.ts";
import { flatResult } from "../words/flatMetrics.ts";
import type { Options } from "./arguments.ts";
import { runNamed } from "./folderNamed.ts";
import { checkPlace, type Saving, saveFile, wanted } from "./saveFile.ts";
import { UsageError } from "./usageError.ts";
import type { Voice } from "./voice.ts";

/** Prints the report, or writes it where it is wanted. Throws `UsageError` for a run that is not there, or came to nothing. */
export async function report(
  run: string | null,
  project: Project,
  options: Options,
  signal: AbortSignal,
  voice: Voice,
): Promise<void> {
  const kinds = (["html", "md", "json"] as const).filter((kind) => options[kind]);
  if (kinds.length > 1) {
    throw new UsageError(
      `A report is one of ${kinds.map((kind) => `--${kind}`).join(", ")}; ask for one at a time.`,
    );
  }
  const saving: Saving = { replace: options.replace, signal };
  const places = {
    output: wanted("--output", options.output),
    metrics: wanted("--metrics", options.metrics),
  };
  for (const place of Object.values(places)) if (place) await checkPlace(place, project, saving);
  const snapshot = snapshotOf(run, project);
  const content = contentOf(snapshot, kinds[0] ?? "md");
  if (places.metrics && snapshot.result)
    await saveFile(places.metrics.file, flatResult(snapshot.result), saving);
  if (places.output) await saveFile(places.output.file, content, saving);
  else if (typeof content === "string") voice.document(content);
  else voice.json(content);
}

/** The run that is named, or the newest that came to a result. */
function snapshotOf(run: string | null, project: Project): RunSnapshot {
  const reach = reachOfProject(project);
  const folder =
    run === null
      ? listRunFolders(project.folder, reach).find((one) => isResultOf(one, project))
      : runNamed(run, project.path, reach);
  if (folder === undefined)
    throw new UsageError(`No run of ${project.path} has come to a result; "selmix tune" makes one.`);
  const snapshot = readRun(folder);
  if (!snapshot?.result)
    throw new UsageError(`The run ${folder} came to no result, so that there is nothing to report.`);
  return snapshot;
}

function isResultOf(folder: string, project: Project): boolean {
  const summary = readSummary(folder);
  return summary?.result != null && summary.run.configurationPath === project.path;
}

function contentOf(snapshot: RunSnapshot, kind: "html" | "md" | "json"): Html | Markdown | object {
  if (kind === "md") return made(modelCard(snapshot, "test"));
  const whole = made(wholeReport(snapshot, readGain));
  return kind === "html" ? reportHtml(whole, pngAddress, new Date().toISOString()) : reportRecord(whole);
}

function made<T>(content: T | null): T {
  if (content === null) throw new Error("a run with a result has a report");
  return content;
}
