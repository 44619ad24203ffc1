/** Where the paths of a configuration lead. */
import { createHash } from "node:crypto";
import path from "node:path";
import { correctionEnding } from "../checkpoints/correction/names.ts";
import { checkpointEnding } from "../checkpoints/formats.ts";
import { anywhere, isInside, isWithin, type Reach, reachOf } from "../files/place.ts";
import { objectiveFileName, objectiveKey } from "../metrics/composed.ts";
import type { Objective } from "../metrics/objective.ts";
import { isFolderModel } from "./modelFolder.ts";

/** Folder of our own files beside a selmix.json. */
export const ownFolder = ".selmix";

/** Whether an absolute path (or glob) leads out of the workspace, by `..`, by being elsewhere, or through a link. */
export function leavesWorkspace(workspace: string, target: string): boolean {
  return !isInside(workspace, target) || !isWithin(reachOf(workspace), target);
}

/** How far a project's writes may reach: its workspace, links followed, unless the user's own setting allows more. */
export function reachOfProject(project: {
  readonly workspace: string;
  readonly allowOutside: boolean;
}): Reach {
  return project.allowOutside ? anywhere : reachOf(project.workspace);
}

/** What decides how checkpoints are called: where the configuration lies, and which files it names. */
export interface NamingScope {
  readonly folder: string;
  readonly configuration: { readonly checkpoints: readonly string[] };
}

/** Whether a configuration has no checkpoints, and a classifier's scores in their place. */
export function isOfScores({ configuration }: Pick<NamingScope, "configuration">): boolean {
  return configuration.checkpoints.length === 0;
}

/** Where tuned copies and corrections go unless a configuration says otherwise. */
export const defaultOutput = "tuned/${checkpointName}.selmix${checkpointExt}";
const defaultCorrection = "tuned/correction.json";

/** Names that say nothing about a checkpoint: training libraries give them to every one. */
const genericNames = new Set([
  "model",
  "pytorch_model",
  "tf_model",
  "flax_model",
  "adapter_model",
  "weights",
]);
/** A longer name is cut, and made another than those cut alike. */
const longestName = 120;

/**
 * What a checkpoint is called in outputs, run folders and lists: "epoch-12". The folders that tell the checkpoints of a
 * configuration apart are part of it, so that no two have one name: where runs/<any>/best.pt are the checkpoints, "seed-1-best".
 * A file that is called as all are takes its folder's name: "checkpoint-500" for checkpoint-500/model.safetensors.
 */
export function checkpointName(checkpoint: string, scope: NamingScope | null): string {
  if (scope && isOfScores(scope)) return "scores";
  const stem = path.basename(checkpoint, extensionOf(checkpoint));
  const own = path.dirname(checkpoint);
  const folders = path
    .relative(scope ? startOf(scope, own) : own, own)
    .split(path.sep)
    .filter(Boolean);
  if (folders.length === 0 && genericNames.has(stem.toLowerCase()) && own !== scope?.folder) {
    folders.push(path.basename(own));
  }
  if (folders.length === 0) return stem;
  const name = [...folders, ...(isStandard(checkpoint, stem) ? [] : [stem])].join("-").replace(/^\.+/, "");
  if (name.length <= longestName) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(-longestName)}-${digest}`;
}

/** The folder from which on the folders around a checkpoint are part of its name. */
function startOf({ folder, configuration }: NamingScope, own: string): string {
  const watched = commonFolder(
    configuration.checkpoints.map((glob) => path.resolve(folder, fixedFolder(glob))),
  );
  return [watched, folder].find((start) => isInside(start, own)) ?? path.dirname(own);
}

/** Whether a file is called as its library calls the model of a folder: there is one of each ending, and the folder's name will do. */
function isStandard(checkpoint: string, stem: string): boolean {
  return stem === (checkpointEnding(checkpoint).toLowerCase() === ".bin" ? "pytorch_model" : "model");
}

/** The folders of a glob before its first wildcard. */
function fixedFolder(glob: string): string {
  const parts = path.dirname(glob.replaceAll("\\", "/")).split("/");
  const wild = parts.findIndex((part) => /[*?[\]{}()!+@]/.test(part));
  return (wild < 0 ? parts : parts.slice(0, wild)).join("/") || (glob.startsWith("/") ? "/" : ".");
}

/** The deepest folder that all of them lie in; absolute. */
function commonFolder(folders: readonly string[]): string {
  const [first = path.sep, ...others] = folders;
  let common = first;
  while (!others.every((folder) => isInside(common, folder)) && path.dirname(common) !== common) {
    common = path.dirname(common);
  }
  return common;
}

/** ".safetensors", or ".weights.h5". */
function extensionOf(checkpoint: string): string {
  const ending = checkpointEnding(checkpoint);
  // "model.json" is all ending: its name is what stands before the last dot.
  return ending === path.basename(checkpoint) ? path.extname(checkpoint) : ending;
}

/**
 * The absolute path of the tuned copy of a checkpoint. That of a folder's model (Hugging Face) is a folder's model again, under the
 * name that its library looks for: tuned/checkpoint-500.selmix/model.safetensors.
 */
export function outputPath(
  scope: NamingScope,
  template: string,
  checkpoint: string,
  objective: Objective,
): string {
  const values: Record<string, string> = {
    checkpointName: checkpointName(checkpoint, scope),
    checkpointExt: isOfScores(scope) ? correctionEnding : extensionOf(checkpoint),
    objective: objectiveFileName(objectiveKey(objective)),
  };
  const meant = isOfScores(scope) && template === defaultOutput ? defaultCorrection : template;
  const ending = "${checkpointExt}";
  const asFolder = !isOfScores(scope) && template.endsWith(ending) && isFolderModel(checkpoint);
  const place = asFolder ? `${template.slice(0, -ending.length)}/${path.basename(checkpoint)}` : meant;
  return path.resolve(
    scope.folder,
    place.replace(/\$\{([^}]*)\}/g, (whole, key: string) => values[key] ?? whole),
  );
}
