/** Looks at a workspace folder: checkpoints, feature tables, what could make them, and files that may name the classes. */
import { statSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { checkpointExtensions, checkpointParts, isCheckpointName } from "../../checkpoints/formats.ts";
import { openFeatureTable } from "../../features/open.ts";
import { readSmallText, sizeLimits } from "../../files/regular.ts";
import { type FoundSamples, findImageFolders, readSamples } from "./samples.ts";
import { classCount, classNames, type FoundSet } from "./suggest.ts";
import { type FoundScript, scriptTables } from "./ways.ts";

export interface Scan {
  /** Relative to the folder, with forward slashes, newest first. */
  readonly checkpoints: readonly string[];
  readonly tables: readonly FoundSet[];
  readonly samples: readonly FoundSamples[];
  readonly scripts: readonly FoundScript[];
}

const skipped = "**/{node_modules,.git,.selmix,.venv,venv,tuned,dist}/**";
const atMost = 500;
/** Formats that may hold checkpoints, tables or samples: only their content tells. */
const tableEndings = [".safetensors", ".npz"];

export async function scanFolder(folder: string, token: vscode.CancellationToken): Promise<Scan> {
  const endings = [...new Set([...checkpointExtensions, ...tableEndings])];
  const found = await find(folder, `**/*{${endings.join(",")}}`, token);
  const arrays = await find(folder, "**/features.npy", token);
  const checkpoints: string[] = [];
  const tables: FoundSet[] = [];
  const samples = await findImageFolders(folder, token);
  for (const file of found) {
    if (token.isCancellationRequested) break;
    const arrays = tableEndings.includes(path.extname(file));
    const table = arrays ? await readTable(folder, file) : null;
    const images = arrays && !table ? await readSamples(folder, file) : null;
    if (table) tables.push(table);
    else if (images) samples.push(images);
    else if (isCheckpointName(file)) checkpoints.push(file);
  }
  for (const file of arrays) {
    const table = await readTable(folder, path.posix.dirname(file));
    if (table) tables.push(table);
  }
  const modified = (file: string) =>
    statSync(path.join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const named = await withoutParts(folder, checkpoints);
  named.sort((a, b) => modified(b) - modified(a));
  return { checkpoints: named, tables, samples, scripts: await findScripts(folder, token) };
}

/** Leaves out the shards and data files that belong to another checkpoint. */
async function withoutParts(folder: string, checkpoints: readonly string[]): Promise<string[]> {
  const parts = new Set<string>();
  for (const file of checkpoints) {
    const [, ...others] = await checkpointParts(path.join(folder, file));
    for (const part of others) parts.add(part);
  }
  return checkpoints.filter((file) => !parts.has(path.join(folder, file)));
}

async function findScripts(folder: string, token: vscode.CancellationToken): Promise<FoundScript[]> {
  const files = await find(folder, "**/{export,extract,save,write}_{features,embeddings}*.py", token);
  return files.map((file) => ({ file, ...scriptTables(textOf(path.join(folder, file))) }));
}

/** Names of the classes, from the usual files. */
export async function findClassNames(
  folder: string,
  count: number,
  token: vscode.CancellationToken,
): Promise<string[] | null> {
  const files = await find(
    folder,
    "**/{classes,class_names,classnames,labels,label_names,id2label}.{txt,json}",
    token,
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

/** What a table holds, by its header and labels; null for a file that is no table. */
async function readTable(folder: string, file: string): Promise<FoundSet | null> {
  try {
    const table = await openFeatureTable(path.join(folder, file), { memoryBudget: 0 });
    const { rows, labels } = table;
    const classes = labels && (labels.texts?.length ?? classCount(labels.codes));
    table.close();
    const kinds = classes === null ? "without labels" : `${classes} classes`;
    const detail = `${rows.count} samples of ${rows.size} features, ${kinds}`;
    return { file, size: rows.size, classes, detail };
  } catch {
    return null;
  }
}

async function find(folder: string, glob: string, token: vscode.CancellationToken): Promise<string[]> {
  const pattern = new vscode.RelativePattern(folder, glob);
  const files = await vscode.workspace.findFiles(pattern, skipped, atMost, token);
  return files.map(({ fsPath }) => path.relative(folder, fsPath).split(path.sep).join("/")).sort();
}
