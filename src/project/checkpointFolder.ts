/** The checkpoint in a folder, as training libraries make one for each save. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { CheckpointError } from "../checkpoints/checkpoint.ts";
import { foreignFolder } from "../checkpoints/foreignFormats.ts";
import { checkpointParts, isCheckpointName } from "../checkpoints/formats.ts";
import { checkpointMatcher } from "./checkpointFiles.ts";
import type { Project } from "./load.ts";
import { loadedModel } from "./modelFolder.ts";

/** What Trainer and Accelerate save beside the model, to go on with training. */
const besideModel =
  /^(optimizer|scheduler|scaler|sampler|rng_state|random_states|training_args|dl_state_dict)(_\d+)?\.\w+$/;
const namedAtMost = 6;

/** Whether a file is called as what goes on with training, and is no model. */
export function isBesideModel(name: string): boolean {
  return besideModel.test(name);
}

/**
 * The one checkpoint that lies in a folder: of several, the one that the configuration names. Shards and data that belong to it,
 * and an optimizer's state, are none. Throws `CheckpointError` where there is none, or none that is the one.
 */
export async function checkpointIn(folder: string, project: Project | null): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && isCheckpointName(entry.name) && !isBesideModel(entry.name))
    .map(({ name }) => path.join(folder, name))
    .sort();
  const parts = new Set<string>();
  for (const file of files) for (const part of (await checkpointParts(file)).slice(1)) parts.add(part);
  const found = files.filter((file) => !parts.has(file));
  const matcher = project && checkpointMatcher(project);
  const named = matcher ? found.filter((file) => matcher.matches(file)) : [];
  const [only, ...others] = named.length > 0 ? named : found;
  if (only === undefined) {
    const foreign = foreignFolder(
      folder,
      entries.map(({ name }) => name),
    );
    if (foreign !== null) throw new CheckpointError(foreign);
    throw new CheckpointError(`${folder} is a folder without a checkpoint in it; name a checkpoint.`);
  }
  if (others.length === 0) return only;
  const loaded = loadedModel([only, ...others]);
  if (loaded !== null) return loaded;
  const names = [only, ...others].map((file) => path.basename(file));
  const more = names.length > namedAtMost ? ` and ${names.length - namedAtMost} more` : "";
  throw new CheckpointError(
    `${folder} holds several checkpoints, ${names.slice(0, namedAtMost).join(", ")}${more}; name one of them.`,
  );
}
