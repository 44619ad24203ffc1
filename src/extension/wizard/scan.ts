/** Looks at a workspace folder: checkpoints, feature tables, and files that may name the classes. */
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { checkpointEnding, checkpointExtensions } from "../../checkpoints/formats.ts";
import { openFeatureTable } from "../../features/open.ts";
import { classNames, type FoundTable } from "./suggest.ts";

export interface Scan {
  /** Relative to the folder, with forward slashes, newest first. */
  readonly checkpoints: readonly string[];
  readonly tables: readonly FoundTable[];
}

const skipped = "**/{node_modules,.git,.selmix,.venv,venv,tuned,dist}/**";
const atMost = 500;
/** Formats that may hold checkpoints or tables: only their content tells. */
const tableEndings = [".safetensors", ".npz"];

export async function scanFolder(folder: string, token: vscode.CancellationToken): Promise<Scan> {
  const endings = [...new Set([...checkpointExtensions, ...tableEndings])];
  const found = await find(folder, `**/*{${endings.join(",")}}`, token);
  const arrays = await find(folder, "**/features.npy", token);
  const checkpoints: string[] = [];
  const tables: FoundTable[] = [];
  for (const file of found) {
    if (token.isCancellationRequested) break;
    const table = tableEndings.includes(path.extname(file)) ? await readTable(folder, file) : null;
    if (table) tables.push(table);
    else if (checkpointExtensions.includes(checkpointEnding(file).toLowerCase())) checkpoints.push(file);
  }
  for (const file of arrays) {
    const table = await readTable(folder, path.posix.dirname(file));
    if (table) tables.push(table);
  }
  const modified = (file: string) =>
    statSync(path.join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  checkpoints.sort((a, b) => modified(b) - modified(a));
  return { checkpoints, tables };
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
    const names = classNames(await readFile(path.join(folder, file), "utf8"), count);
    if (names) return names;
  }
  return null;
}

/** What a table holds, by its header and labels; null for a file that is no table. */
export async function readTable(folder: string, file: string): Promise<FoundTable | null> {
  try {
    const table = await openFeatureTable(path.join(folder, file), { memoryBudget: 0 });
    const { rows, labels } = table;
    const classes = labels ? labels.reduce((most, label) => Math.max(most, label), -1) + 1 : null;
    table.close();
    return { file, count: rows.count, size: rows.size, classes };
  } catch {
    return null;
  }
}

async function find(folder: string, glob: string, token: vscode.CancellationToken): Promise<string[]> {
  const pattern = new vscode.RelativePattern(folder, glob);
  const files = await vscode.workspace.findFiles(pattern, skipped, atMost, token);
  return files.map(({ fsPath }) => path.relative(folder, fsPath).split(path.sep).join("/")).sort();
}
