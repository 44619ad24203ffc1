/** Turns what a folder holds, and the answers to what it does not say, into the text of a selmix.json. */
import path from "node:path";
import * as vscode from "vscode";
import { exportKinds, likelyKind } from "../../project/exportScripts/index.ts";
import { askPython } from "../python.ts";
import { pick } from "../tell.ts";
import { askCheckpoints } from "./askCheckpoints.ts";
import { askNames } from "./askNames.ts";
import { askRoles, askTables, type Roles, type Showing } from "./askTables.ts";
import { browse, browseFolder, browseItem } from "./browse.ts";
import { type FoundCheckpoint, headClasses } from "./checkpoints.ts";
import { configurationText, type NewFeatures, type NewNames, tableRoles } from "./newConfiguration.ts";
import { type FoundSamples, readImageFolder, readSamples } from "./samples.ts";
import { findClassNames, type Scan, scanFolder } from "./scan.ts";
import { asScores, type FoundTable, fittingTables, hasTwoSets } from "./tables.ts";
import { isNetwork, type Way, waysToFeatures } from "./ways.ts";

/** What is to stand in selmix.json. */
export interface Described {
  readonly text: string;
  /** What the script that makes the tables is to be filled in for, where it is yet to be written; null where it is not needed. */
  readonly scriptFor: { readonly checkpoint: string | null } | null;
}

interface FeaturesFound {
  readonly features: NewFeatures;
  readonly names: NewNames;
  /** Whether a script is to make them that is yet to be written. */
  readonly needsScript: boolean;
}

/** Null when the user gives up. */
export async function describeWorkspace(folder: string, title: string): Promise<Described | null> {
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: "Looking at the workspace",
    cancellable: true,
  };
  const scan = await vscode.window.withProgress(progress, (_, token) => scanFolder(folder, token));
  const scores = await askScores(folder, title, scan);
  if (scores === undefined) return null;
  if (scores) {
    const text = configurationText({ checkpoints: [], ...scores.features, ...scores.names });
    return { text, scriptFor: null };
  }
  const checkpoints = await askCheckpoints(folder, title, scan.checkpoints);
  if (!checkpoints) return null;
  const found = await askFeatures(folder, title, scan, checkpoints);
  if (!found) return null;
  const { features, names, needsScript } = found;
  const newest = scan.checkpoints.find(({ doubt }) => doubt === null)?.file;
  return {
    text: configurationText({ checkpoints, ...features, ...names }),
    scriptFor: needsScript ? { checkpoint: newest === undefined ? null : path.join(folder, newest) } : null,
  };
}

const tablesOfKind = ({ tables }: Scan, kind: FoundTable["reading"]["kind"]) =>
  fittingTables(tables.filter(({ reading }) => reading.kind === kind));

/** A classifier's scores stand for a checkpoint where there are no features. Null where they do not; undefined for giving up. */
async function askScores(
  folder: string,
  title: string,
  scan: Scan,
): Promise<FeaturesFound | null | undefined> {
  const scores = tablesOfKind(scan, "scores");
  const features = tablesOfKind(scan, "features");
  const usable = scan.checkpoints.filter(({ doubt }) => doubt === null);
  const perhaps = usable.length === 0 ? features.flatMap((table) => asScores(table) ?? []) : [];
  if (!hasTwoSets(scores) && hasTwoSets(perhaps)) return askWhetherScores(folder, title, perhaps);
  if (!hasTwoSets(scores) || hasTwoSets(features)) return null;
  if (usable.length > 0) {
    const ways = [
      {
        label: "Correct the scores",
        detail: "A small linear correction of the classifier's scores; no checkpoint is opened.",
        isScores: true,
      },
      {
        label: "Tune a checkpoint's last layer",
        detail: "Needs what enters that layer, as tables.",
        isScores: false,
      },
    ];
    const picked = await pick(ways, { title, placeHolder: "There are scores, and no features" });
    if (!picked) return undefined;
    if (!picked.isScores) return null;
  }
  return (await fromTables(folder, title, scores, [])) ?? undefined;
}

/** As many numbers as classes, and no checkpoint: a classifier's scores, most likely. */
async function askWhetherScores(
  folder: string,
  title: string,
  tables: readonly FoundTable[],
): Promise<FeaturesFound | null | undefined> {
  const ways = [
    {
      label: "They are a classifier's scores",
      detail: "One for each class; no checkpoint is needed to correct them.",
      isScores: true,
    },
    { label: "They are features", detail: "What enters a checkpoint's last layer.", isScores: false },
  ];
  const [first] = tables;
  const placeHolder = `${first?.file ?? "The tables"}: as many numbers in a row as there are classes`;
  const picked = await pick(ways, { title, placeHolder });
  if (!picked) return undefined;
  return picked.isScores ? ((await fromTables(folder, title, tables, [])) ?? undefined) : null;
}

/** The tables that are there, or what makes them. */
async function askFeatures(
  folder: string,
  title: string,
  scan: Scan,
  checkpoints: readonly string[],
): Promise<FeaturesFound | null> {
  const tables = tablesOfKind(scan, "features");
  if (hasTwoSets(tables)) return fromTables(folder, title, tables, scan.checkpoints);
  const kind = likelyKind(checkpoints[0] ?? "", []);
  const ending = exportKinds.find((one) => one.kind === kind)?.tables ?? ".npz";
  const ways = waysToFeatures({
    checkpoints,
    networks: scan.checkpoints.map(({ file }) => file).filter(isNetwork),
    samples: scan.samples,
    scripts: scan.scripts,
    ending,
  });
  const way = await askWay(title, ways);
  if (!way) return null;
  if (way === "browse") return fromTables(folder, title, tables, scan.checkpoints);
  if ("tables" in way.makes) return asCommand(folder, title, way.makes, scan);
  const data = await askRoles(title, "The samples of the", scan.samples, showingSamples(folder));
  if (!data) return null;
  const made = tableRoles.filter((role) => data[role] !== undefined);
  const names = Object.fromEntries(made.map((role) => [role, `features/${role}.safetensors`]));
  const places = Object.fromEntries(made.map((role) => [role, data[role]?.file]));
  const own = data.train.names;
  const count = data.train.classes ?? 0;
  return {
    features: {
      tables: {
        ...names,
        train: "features/train.safetensors",
        validation: "features/validation.safetensors",
      },
      madeBy: {
        kind: "network",
        model: way.makes.network,
        data: { ...places, train: data.train.file, validation: data.validation.file },
      },
    },
    names: { classes: (count > 1 ? await findClassNames(folder, count) : null) ?? own },
    needsScript: false,
  };
}

/** Samples that were not found: a file of arrays, or a folder of images. */
function showingSamples(folder: string): Showing<FoundSamples>[] {
  return [
    {
      item: { ...browseItem, label: "Browse for a file of images…" },
      browse: (title) => browse(folder, title, { Arrays: ["npz", "safetensors"] }),
      open: (file) => readSamples(folder, file),
      refusal: "holds no images with labels: it needs arrays of these names",
    },
    {
      item: { ...browseItem, label: "Browse for a folder of images…" },
      browse: (title) => browseFolder(folder, title),
      open: async (file) => (await readSamples(folder, file)) ?? (await readImageFolder(folder, file)),
      refusal: "holds no folder of images for each class",
    },
  ];
}

async function askWay(title: string, ways: readonly Way[]): Promise<Way | "browse" | null> {
  const browse = {
    icon: "folder-opened",
    label: "Browse for tables…",
    detail: "safetensors, npz, CSV or Parquet, with a row for each sample.",
    way: "browse" as const,
  };
  const picked = await pick([...ways.map((way) => ({ label: way.label, detail: way.detail, way })), browse], {
    title: `${title}: Features`,
    placeHolder: "There are no feature tables for training and validation yet",
  });
  return picked?.way ?? null;
}

/** A script makes them: the interpreter is the one that the workspace means. */
async function asCommand(
  folder: string,
  title: string,
  features: NewFeatures,
  { scripts }: Scan,
): Promise<FeaturesFound | null> {
  const { madeBy } = features;
  if (madeBy?.kind !== "command") return { features, names: {}, needsScript: false };
  const python = await askPython(folder, title);
  if (python === null) return null;
  const [, script = "", ...rest] = madeBy.command;
  return {
    features: { ...features, madeBy: { kind: "command", command: [python, script, ...rest] } },
    names: {},
    needsScript: !scripts.some(({ file }) => file === script),
  };
}

/** What stands in which table, and what its classes and groups are called. */
async function fromTables(
  folder: string,
  title: string,
  tables: readonly FoundTable[],
  checkpoints: readonly FoundCheckpoint[],
): Promise<FeaturesFound | null> {
  const roles = await askTables(folder, title, tables);
  if (!roles) return null;
  const named = await askNames(folder, title, roles, (wanted) => headClasses(folder, checkpoints, wanted));
  if (!named) return null;
  return {
    features: { tables: placesOf(roles), madeBy: null },
    names: { ...named, metadata: metadataOf(roles) },
    needsScript: false,
  };
}

function placesOf(roles: Roles<FoundTable>): NewFeatures["tables"] {
  const rest = (["test", "unlabeled"] as const).flatMap((role) => {
    const table = roles[role];
    return table ? [[role, table.file] as const] : [];
  });
  return { ...Object.fromEntries(rest), train: roles.train.file, validation: roles.validation.file };
}

function metadataOf(roles: Roles<FoundTable>): NonNullable<NewNames["metadata"]> {
  const beside = tableRoles.flatMap((role) => {
    const file = roles[role]?.metadata?.file;
    return file === undefined ? [] : [[role, file] as const];
  });
  return Object.fromEntries(beside);
}
