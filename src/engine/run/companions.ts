/** What lies beside a tuned model so that from_pretrained loads its folder as it is: copies of what lies beside the source. */
import { readdirSync, rmdirSync } from "node:fs";
import path from "node:path";
import { type FileToWrite, writeFully, writeTogether } from "../../files/atomic.ts";
import { lookAt } from "../../files/fresh.ts";
import { readSmall, sizeLimits } from "../../files/regular.ts";
import type { Project } from "../../project/load.ts";
import { companionsOf, isFolderModel } from "../../project/modelFolder.ts";
import { ownGate, ownHash, removeOwn } from "../../project/ownFiles.ts";
import { leavesWorkspace } from "../../project/paths.ts";
import { JobError } from "../errors.ts";

/** Names of the files that are copied along: none where the source is no folder's model, or the copy is to have another name. */
function companionNames(checkpoint: string, output: string): string[] {
  const isAnother = path.dirname(checkpoint) !== path.dirname(output);
  const isFolder = isAnother && path.basename(checkpoint) === path.basename(output);
  return isFolder && isFolderModel(checkpoint) ? companionsOf(checkpoint) : [];
}

/**
 * Copies them, each whole or not at all. Throws `NotOursError` where another file is in the way, and `JobError` where one is a link out
 * of the workspace that the checkpoint lies in: its copy would carry in what lies there.
 */
export async function copyCompanions(
  { workspace, allowOutside }: Pick<Project, "workspace" | "allowOutside">,
  checkpoint: string,
  output: string,
  { replace, signal }: { readonly replace: boolean; readonly signal?: AbortSignal },
): Promise<void> {
  for (const name of companionNames(checkpoint, output)) {
    const source = path.join(path.dirname(checkpoint), name);
    const target = path.join(path.dirname(output), name);
    if (!allowOutside && !leavesWorkspace(workspace, checkpoint) && leavesWorkspace(workspace, source)) {
      throw new JobError(
        `${source} leads out of ${workspace} through a link, so it is not copied beside the tuned model; put the file itself there, or allow paths outside of the workspace.`,
      );
    }
    const content = readSmall(source, sizeLimits.companion);
    if (lookAt(target)?.size === content.length && readSmall(target, content.length).equals(content))
      continue;
    const file: FileToWrite = { target, like: source, write: (handle) => writeFully(handle, content, 0) };
    await writeTogether([file], { signal, gate: ownGate(replace, signal) });
  }
}

/** Removes the copies that are as we wrote them, and the folder when nothing else is in it. */
export async function removeCompanions(
  checkpoint: string,
  output: string,
  signal?: AbortSignal,
): Promise<void> {
  if (!lookAt(path.dirname(checkpoint))) return;
  const names = companionNames(checkpoint, output);
  const folder = path.dirname(output);
  for (const name of names) {
    const file = path.join(folder, name);
    if ((await ownHash(file, signal)) !== null) await removeOwn(file, signal);
  }
  if (names.length > 0 && lookAt(folder)?.isDirectory() && readdirSync(folder).length === 0)
    rmdirSync(folder);
}
