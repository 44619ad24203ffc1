/** Turns what a folder holds, and the answers to what it does not say, into the text of a selmix.json. */
import path from "node:path";
import * as vscode from "vscode";
import { checkpointEnding } from "../../checkpoints/formats.ts";
import { exportKinds, likelyKind } from "../../project/exportScripts/index.ts";
import { pick, pickMany } from "../tell.ts";
import {
  configurationText,
  type NewFeatures,
  type Places,
  type TableRole,
  tableRoles,
} from "./newConfiguration.ts";
import { findClassNames, type Scan, scanFolder } from "./scan.ts";
import { checkpointGlobs, type FoundSet, guessRoles } from "./suggest.ts";
import { isNetwork, type Way, waysToFeatures } from "./ways.ts";

/** The text, or null when the user gives up. */
export async function describeWorkspace(folder: string, title: string): Promise<string | null> {
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: "Looking at the workspace",
    cancellable: true,
  };
  const { scan, names } = await vscode.window.withProgress(progress, async (_, token) => {
    const found = await scanFolder(folder, token);
    const sets = found.tables.length > 0 ? found.tables : found.samples;
    const count = sets.reduce((most, { classes }) => Math.max(most, classes ?? 0), 0);
    return { scan: found, names: count > 1 ? await findClassNames(folder, count, token) : null };
  });
  const checkpoints = await askCheckpoints(title, scan);
  if (!checkpoints) return null;
  const features = await askFeatures(title, scan, checkpoints);
  if (!features) return null;
  const { madeBy } = features;
  const trained = madeBy?.kind === "network" ? madeBy.data.train : null;
  const folders = scan.samples.find(({ file }) => file === trained)?.names ?? null;
  return configurationText({ checkpoints, classes: names ?? folders, ...features });
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
  const picked = await pickMany(
    globs.map((label, index) => ({ label, picked: index === 0 })),
    { title: `${title}: Checkpoints`, placeHolder: "Which checkpoints are tuned" },
  );
  return picked && picked.length > 0 ? picked.map(({ label }) => label) : null;
}

/** The tables that are there, or what makes them. */
async function askFeatures(
  title: string,
  scan: Scan,
  checkpoints: readonly string[],
): Promise<NewFeatures | null> {
  if (hasTwoSets(scan.tables)) {
    const tables = await askRoles(title, "The feature table of the", scan.tables);
    return tables && { tables, madeBy: null };
  }
  const kind = likelyKind(checkpoints[0] ?? "", []);
  const ending = exportKinds.find((one) => one.kind === kind)?.tables ?? ".npz";
  const ways = waysToFeatures({
    checkpoints,
    networks: scan.checkpoints.filter(isNetwork),
    samples: scan.samples,
    scripts: scan.scripts,
    ending,
  });
  const way = await askWay(title, ways);
  if (!way) return null;
  if ("tables" in way.makes) return way.makes;
  const data = await askRoles(title, "The samples of the", scan.samples);
  if (!data) return null;
  const made = tableRoles.filter((role) => data[role] !== undefined);
  const tables = Object.fromEntries(made.map((role) => [role, `features/${role}.safetensors`]));
  return {
    tables: { ...tables, train: "features/train.safetensors", validation: "features/validation.safetensors" },
    madeBy: { kind: "network", model: way.makes.network, data },
  };
}

/** Whether there can be a training and a validation set: two with labels, whose rows have one size. */
function hasTwoSets(sets: readonly FoundSet[]): boolean {
  const labelled = sets.filter(({ classes }) => classes !== null);
  return labelled.some((one) => labelled.some((other) => other !== one && other.size === one.size));
}

async function askWay(title: string, ways: readonly Way[]): Promise<Way | null> {
  const picked = await pick(
    ways.map((way) => ({ label: way.label, detail: way.detail, way })),
    {
      title: `${title}: Features`,
      placeHolder: "There are no feature tables for training and validation yet",
    },
  );
  return picked?.way ?? null;
}

/** Which set is which: by their names, and by asking for what these do not say. */
async function askRoles(title: string, what: string, sets: readonly FoundSet[]): Promise<Places | null> {
  const roles = guessRoles(sets);
  const labelled = sets.filter(({ classes }) => classes !== null);
  const free = labelled.filter((set) => set !== roles.validation && set !== roles.test);
  const train = roles.train ?? (await askSet(title, `${what} training set`, free));
  if (!train) return null;
  const others = labelled.filter((set) => set !== train && set.size === train.size);
  const validation = roles.validation ?? (await askSet(title, `${what} validation set`, others));
  if (!validation) return null;
  const taken = [train.file, validation.file];
  const rest = (["test", "unlabeled"] satisfies TableRole[]).flatMap((role) => {
    const file = roles[role]?.file;
    return file === undefined || taken.includes(file) ? [] : [[role, file] as const];
  });
  return { ...Object.fromEntries(rest), train: train.file, validation: validation.file };
}

async function askSet(
  title: string,
  placeHolder: string,
  sets: readonly FoundSet[],
): Promise<FoundSet | null> {
  const picked = await pick(
    sets.map((set) => ({
      label: path.posix.basename(set.file),
      description: set.file,
      detail: set.detail,
      set,
    })),
    { title: `${title}: Features`, placeHolder },
  );
  return picked?.set ?? null;
}
