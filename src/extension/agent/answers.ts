/** What the tools for agents answer, in Markdown, from what is on disk. Imports no vscode. */
import path from "node:path";
import { readRun } from "../../project/readRuns.ts";
import type { JobResult } from "../../protocol/engine.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { differencesSentence, differencesTable } from "../../webview/model/differences.ts";
import { nameRuns } from "../../webview/model/namedRuns.ts";
import { runsHeadline, runsMetricsTable } from "../../webview/model/runs.ts";
import { modelCard } from "../../webview/report/modelCard.ts";
import { showCell, type Table } from "../../webview/shared/picture.ts";
import { code, type Markdown, markdown, markdownTable } from "../../words/escape/markdown.ts";
import { evaluationLines, evaluationSummary } from "../../words/evaluation.ts";
import { bytes } from "../../words/numbers.ts";
import { whatDiffers } from "../../words/runRows.ts";
import { shortHeadline } from "../../words/verdict.ts";
import type { RunEntry } from "../runList.ts";

/** Something that was asked for and is not there: a sentence for the agent. */
export class NotThere extends Error {
  override name = "NotThere";
}

const { text, join } = markdown;
const paragraphs = (parts: readonly Markdown[]) => markdown`${join(parts, markdown`\n\n`)}\n`;
const bullets = (lines: readonly string[]) =>
  join(
    lines.map((line) => markdown`- ${text(line)}`),
    markdown`\n`,
  );

function tableText({ columns, rows }: Table): Markdown {
  return markdownTable(
    columns.map(({ label }) => text(label)),
    rows.map((row) => columns.map((column, at) => text(showCell(column, row[at])))),
  );
}

/** At most so many tensors are told of: an agent reads a few. */
const mostTensors = 200;

export function inspectAnswer({
  checkpoint,
  format,
  tensors,
  head,
  headProblem,
  hook,
}: JobResult<"inspect">): Markdown {
  const bias = head?.bias ? markdown` and ${code(head.bias)}` : markdown`, without a bias`;
  const headLine = head
    ? markdown`The head is ${code(head.weight)}${bias}: ${head.classes} classes from ${head.size} features; ${text(head.reason)}.`
    : text(`No head: ${headProblem ?? "none was found"}`);
  const rows = tensors
    .slice(0, mostTensors)
    .map(({ name, shape, type, bytes: size }) => [
      code(name),
      ...[shape.join(" x "), type, bytes(size)].map(text),
    ]);
  const left = tensors.length - rows.length;
  return paragraphs([
    markdown`${code(path.basename(checkpoint))}: ${text(format)}, ${tensors.length} tensors. ${headLine}`,
    ...(hook === undefined ? [] : [markdown`What enters the head is caught by ${code(hook)}.`]),
    markdownTable(["Tensor", "Shape", "Type", "Size"].map(text), rows),
    ...(left > 0 ? [markdown`${left} more tensors are left out.`] : []),
  ]);
}

export function evaluateAnswer(name: string, result: JobResult<"evaluate">): Markdown {
  return paragraphs([text(`${name}: ${evaluationSummary(result)}.`), bullets(evaluationLines(result))]);
}

/** A run in full: its verdict, what it changed for whom, how sure that is, and what simpler fixes do. */
export function explainAnswer(folder: string): Markdown {
  const snapshot = readRun(folder);
  const card = snapshot && modelCard(snapshot, "test");
  if (!snapshot || !card)
    throw new NotThere(
      `The run ${path.basename(folder)} came to no result${snapshot?.run.error ? `: ${snapshot.run.error}` : "."}`,
    );
  return markdown`${text(`Run ${path.basename(folder)}.`)}\n\n${card}`;
}

export function compareAnswer(folders: readonly string[]): Markdown {
  const snapshots = folders
    .map((folder) => readRun(folder))
    .filter((one): one is RunSnapshot => one !== null);
  if (snapshots.length < 2) throw new NotThere("Fewer than two of these runs can be read; name two to six.");
  const runs = nameRuns(snapshots);
  const split = snapshots.every(({ result }) => result?.after.test) ? "test" : "validation";
  const { claim, details } = runsHeadline(runs, split);
  return paragraphs([
    bullets(
      runs.map(
        ({ letter, look, snapshot }) =>
          `${look.label.replace(`${letter}: `, `${letter} is `)} (${path.basename(snapshot.runFolder)})`,
      ),
    ),
    text([claim, ...details, differencesSentence(runs)].join(" ")),
    tableText(runsMetricsTable(runs, split)),
    tableText(differencesTable(runs)),
  ]);
}

/** The run that is meant: by its folder's name, by what a person calls it, or the newest with a result. Throws `NotThere`. */
export function runMeant(runs: readonly RunEntry[], asked: string | undefined): RunEntry {
  const finished = runs.filter(({ result }) => result !== null);
  const wanted = asked?.trim() ?? "";
  const found =
    wanted === ""
      ? finished[0]
      : runs.find(({ folder, name }) => path.basename(folder) === path.basename(wanted) || name === wanted);
  if (found) return found;
  const differs = whatDiffers(finished);
  const known = finished.slice(0, 20).map(({ folder, result }, at) => {
    const came = result === null ? "" : shortHeadline(result);
    return `${path.basename(folder)} (${[came, differs[at]].join("; ")})`;
  });
  throw new NotThere(
    known.length === 0
      ? "There is no run yet; tune a checkpoint first."
      : `There is no run ${wanted}. There are: ${known.join(", ")}.`,
  );
}

/** The checkpoint that is meant: by its name or path, or the newest. Throws `NotThere`. */
export function checkpointMeant<Entry extends { readonly path: string }>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
  asked: string | undefined,
): Entry {
  const wanted = asked?.trim() ?? "";
  const found =
    wanted === ""
      ? entries[0]
      : entries.find(
          (entry) =>
            nameOf(entry) === wanted ||
            entry.path === wanted ||
            path.basename(entry.path) === path.basename(wanted),
        );
  if (found) return found;
  throw new NotThere(
    entries.length === 0
      ? "No configuration of this workspace names a checkpoint that is there."
      : `No checkpoint is called ${wanted}. There are: ${entries.slice(0, 20).map(nameOf).join(", ")}.`,
  );
}
