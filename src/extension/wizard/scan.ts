/** Looks at a workspace folder: checkpoints, feature tables, what could make them, and files that may name the classes. */
import { statSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { checkpointExtensions, isCheckpointName } from "../../checkpoints/formats.ts";
import { isTableName, tableEndings } from "../../features/survey.ts";
import { readSmallText, sizeLimits } from "../../files/regular.ts";
import { type FoundCheckpoint, lookIntoCheckpoints } from "./checkpoints.ts";
import { type FoundSamples, findImageFolders, readSamples } from "./samples.ts";
import { classNames } from "./suggest.ts";
import { type FoundTable, type Surveyed, surveyed, tablesAmong } from "./tables.ts";
import { type FoundScript, scriptTables } from "./ways.ts";

export interface Scan {
  /** Newest first. */
  readonly checkpoints: readonly FoundCheckpoint[];
  readonly tables: readonly FoundTable[];
  readonly samples: readonly FoundSamples[];
  readonly scripts: readonly FoundScript[];
}

const skipped = "**/{node_modules,.git,.selmix,.venv,venv,env,site-packages,tuned,dist}/**";
const atMost = 500;
/** Columns are read to see what is in them: so many bytes in all, the rest is left to Browse. */
const columnBytes = 512e6;

export async function scanFolder(folder: string, token: vscode.CancellationToken): Promise<Scan> {
  const endings = [...new Set([...checkpointExtensions, ...tableEndings])];
  const found = await find(folder, `**/*{${endings.join(",")}}`, token);
  const arrays = await find(folder, "**/*.npy", token);
  const folders = [...new Set(arrays.map((file) => path.posix.dirname(file)))];
  const checkpoints: string[] = [];
  const surveys: Surveyed[] = [];
  const samples = await findImageFolders(folder, token);
  let unread = columnBytes;
  for (const file of [...found, ...folders]) {
    if (token.isCancellationRequested) break;
    const isFolder = folders.includes(file);
    if (isColumnsName(file)) unread -= sizeOf(path.join(folder, file));
    const mayBeTable = isFolder || (isTableName(file) && (unread > 0 || !isColumnsName(file)));
    const images = mayBeTable ? await readSamples(folder, file) : null;
    const survey = mayBeTable && !images ? await surveyed(folder, file) : null;
    // A matrix that nothing says what its rows are of may be a network's as well.
    if (images) samples.push(images);
    else if (survey && (isFolder || survey.survey.hasColumns || saysRows(survey))) surveys.push(survey);
    else if (isCheckpointName(file)) checkpoints.push(file);
  }
  const modified = (file: string) =>
    statSync(path.join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  checkpoints.sort((a, b) => modified(b) - modified(a));
  return {
    checkpoints: await lookIntoCheckpoints(folder, checkpoints, token),
    tables: tablesAmong(surveys),
    samples,
    scripts: await findScripts(folder, token),
  };
}

function isColumnsName(file: string): boolean {
  return /\.(csv|tsv|parquet)$/i.test(file);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whether a file of arrays says what its rows are, or calls them features. */
function saysRows({ survey }: Surveyed): boolean {
  return survey.columns.some(
    ({ kind, name }) => kind === "index" || /^(features|embeddings?|scores|logits)$/.test(name),
  );
}

async function findScripts(folder: string, token: vscode.CancellationToken): Promise<FoundScript[]> {
  const files = await find(folder, "**/{export,extract,save,write}_{features,embeddings}*.py", token);
  return files.map((file) => ({ file, ...scriptTables(textOf(path.join(folder, file))) }));
}

/** Names of the classes, from the usual files. */
export async function findClassNames(folder: string, count: number): Promise<string[] | null> {
  const files = await find(
    folder,
    "**/{classes,class_names,classnames,labels,label_names,id2label}.{txt,json}",
  );
  for (const file of files) {
    const names = classNames(textOf(path.join(folder, file)), count);
    if (names) return names;
  }
  return null;
}

/** A file that was found; nothing of one that cannot be read or is too large to be what its name says. */
function textOf(file: string): string {
  try {
    return readSmallText(file, sizeLimits.script);
  } catch {
    return "";
  }
}

async function find(folder: string, glob: string, token?: vscode.CancellationToken): Promise<string[]> {
  const pattern = new vscode.RelativePattern(folder, glob);
  const files = await vscode.workspace.findFiles(pattern, skipped, atMost, token);
  return files.map(({ fsPath }) => path.relative(folder, fsPath).split(path.sep).join("/")).sort();
}
