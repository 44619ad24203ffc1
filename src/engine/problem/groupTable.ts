/** The offsets by group beside a tuned copy: `<output>.groups.json`, for a classifier that is told the group. */

import { createHash } from "node:crypto";
import path from "node:path";
import type { TensorReplacement } from "../../checkpoints/checkpoint.ts";
import { placeWithin } from "../../files/place.ts";
import { replaceFile } from "../../files/replace.ts";
import type { Project } from "../../project/load.ts";
import { ownHash, rememberOwn, removeOwn, requireOurs } from "../../project/ownFiles.ts";
import { reachOfProject } from "../../project/paths.ts";
import type { CopyRecord } from "../../protocol/records.ts";
import { className, groupName } from "../../words/names.ts";

/** Under this name offsets are kept with a run, beside the tensors that it changed. */
const NAME = "selmix.groupOffsets";

/** Offsets [G,K] as they are kept. */
export function offsetsReplacement(offsets: Float32Array, groups: number): TensorReplacement {
  return { name: NAME, values: offsets, shape: [groups, offsets.length / groups] };
}

/** What goes into the checkpoint, and the offsets [G][K] that go beside it; null where there are none. */
export function withoutOffsets(replacements: readonly TensorReplacement[]): {
  readonly tensors: readonly TensorReplacement[];
  readonly offsets: readonly number[][] | null;
} {
  const found = replacements.find(({ name }) => name === NAME);
  const tensors = replacements.filter((replacement) => replacement !== found);
  if (!found) return { tensors, offsets: null };
  const [groups = 0, classes = 0] = found.shape ?? [];
  const offsets = Array.from({ length: groups }, (_, g) => [
    ...found.values.subarray(g * classes, (g + 1) * classes),
  ]);
  return { tensors, offsets };
}

export function groupTablePath(output: string): string {
  return `${output}.groups.json`;
}

/** What the classes and groups of a head are called, by index; those beyond go by their number. */
export interface HeadNames {
  readonly classes: readonly string[];
  readonly groups: readonly string[];
}

interface TableOptions {
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
}

/** Throws `NotOursError` where something is in the table's place that we did not write, unless it is to be replaced. */
export async function requireTablePlace(
  output: string,
  { replace = false, signal }: TableOptions,
): Promise<void> {
  if (!replace) await requireOurs(groupTablePath(output), signal);
}

/** Writes the table beside a copy; where there are no offsets, takes away the one that we wrote beside an earlier copy. */
export async function writeGroupTable(
  project: Project,
  offsets: readonly number[][] | null,
  { output, sha256 }: Pick<CopyRecord, "output" | "sha256">,
  { classes, groups, ...options }: TableOptions & HeadNames,
): Promise<void> {
  const place = placeWithin(reachOfProject(project), groupTablePath(output));
  if (offsets === null) {
    await removeGroupTable(place, options.signal);
    return;
  }
  await requireTablePlace(output, options);
  const table = {
    version: 1,
    about: "Add the offsets of a sample's group to the logits of the head in the file named here.",
    copy: { file: path.basename(output), sha256 },
    groups: offsets.map((_, group) => groupName(groups, group)),
    classes: (offsets[0] ?? []).map((_, label) => className(classes, label)),
    offsets,
  };
  const text = `${JSON.stringify(table, null, 2)}\n`;
  rememberOwn([{ path: place, sha256: createHash("sha256").update(text).digest("hex") }]);
  replaceFile(place, text);
}

/** Takes a table away that is as we wrote it. */
export async function removeGroupTable(place: string, signal?: AbortSignal): Promise<void> {
  if ((await ownHash(place, signal)) !== null) await removeOwn(place, signal);
}
