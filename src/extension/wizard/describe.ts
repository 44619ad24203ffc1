/** Turns what a folder holds, and the answers to what it does not say, into the text of a selmix.json. */
import path from "node:path";
import * as vscode from "vscode";
import { checkpointEnding } from "../../checkpoints/formats.ts";
import { findClassNames, type Scan, scanFolder } from "./scan.ts";
import {
  checkpointGlobs,
  configurationText,
  type FoundTable,
  guessRoles,
  type NewConfiguration,
  type TableRole,
} from "./suggest.ts";

/** The text, or null when the user gives up. */
export async function describeWorkspace(folder: string, title: string): Promise<string | null> {
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: "Looking at the workspace",
    cancellable: true,
  };
  const { scan, names } = await vscode.window.withProgress(progress, async (_, token) => {
    const found = await scanFolder(folder, token);
    const count = found.tables.reduce((most, { classes }) => Math.max(most, classes ?? 0), 0);
    return { scan: found, names: count > 1 ? await findClassNames(folder, count, token) : null };
  });
  const checkpoints = await askCheckpoints(title, scan);
  if (!checkpoints) return null;
  const tables = await askTables(title, scan.tables);
  if (!tables) return null;
  return configurationText({ checkpoints, classes: names, ...tables });
}

async function askCheckpoints(title: string, { checkpoints }: Scan): Promise<string[] | null> {
  const globs = checkpointGlobs(checkpoints, checkpointEnding);
  if (globs.length === 1) return globs;
  if (globs.length === 0) {
    const answer = await vscode.window.showInputBox({
      title: `${title}: Checkpoints`,
      prompt: "No checkpoint was found yet. Where will they be saved?",
      value: "checkpoints/*.pt",
    });
    return answer ? [answer] : null;
  }
  const picked = await vscode.window.showQuickPick(
    globs.map((label, index) => ({ label, picked: index === 0 })),
    { title: `${title}: Checkpoints`, placeHolder: "Which checkpoints are tuned", canPickMany: true },
  );
  return picked && picked.length > 0 ? picked.map(({ label }) => label) : null;
}

async function askTables(
  title: string,
  tables: readonly FoundTable[],
): Promise<Pick<NewConfiguration, "tables" | "withCommand"> | null> {
  const roles = guessRoles(tables);
  const labelled = tables.filter(({ classes }) => classes !== null);
  if (labelled.length === 0) return askForCommand(title);
  const train = roles.train ?? (await askTable(title, "train", labelled));
  if (!train) return null;
  const others = labelled.filter((table) => table !== train && table.size === train.size);
  if (others.length === 0) return askForCommand(title);
  const validation = roles.validation ?? (await askTable(title, "validation", others));
  if (!validation) return null;
  const chosen: NewConfiguration["tables"] = {
    train: train.file,
    validation: validation.file,
    ...(roles.test ? { test: roles.test.file } : {}),
    ...(roles.unlabeled ? { unlabeled: roles.unlabeled.file } : {}),
  };
  return { tables: chosen, withCommand: false };
}

async function askTable(
  title: string,
  role: TableRole,
  tables: readonly FoundTable[],
): Promise<FoundTable | null> {
  const picked = await vscode.window.showQuickPick(
    tables.map((table) => ({
      label: path.posix.basename(table.file),
      description: table.file,
      detail: `${table.count} samples of ${table.size} features, ${table.classes} classes`,
      table,
    })),
    { title: `${title}: Features`, placeHolder: `The feature table of the ${role} set` },
  );
  return picked?.table ?? null;
}

/** No feature tables yet: the configuration names where a program will write them. */
async function askForCommand(
  title: string,
): Promise<Pick<NewConfiguration, "tables" | "withCommand"> | null> {
  const go = {
    label: "Write a configuration with a feature command",
    detail: "A program of yours writes the tables from a checkpoint; its arguments stand in selmix.json.",
  };
  const picked = await vscode.window.showQuickPick([go], {
    title: `${title}: Features`,
    placeHolder: "No feature tables for training and validation were found",
  });
  if (!picked) return null;
  const tables = { train: "features/train.npz", validation: "features/validation.npz" };
  return { tables, withCommand: true };
}
