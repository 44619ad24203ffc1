/** What a checkpoint holds, read once for all who ask: its hash, with the look at its files for which it holds. */
import { checkpointParts } from "../checkpoints/formats.ts";
import { contentHash } from "../checkpoints/identity.ts";
import { FileError } from "../files/ranges.ts";
import { look } from "./look.ts";

export interface Content {
  /** `contentHash` of all parts. */
  readonly hash: string;
  /** `FileLook.state` of the files that were read. */
  readonly state: string;
}

/**
 * Reads all parts of a checkpoint, unless they are still those for which `known` was read. Throws `FileError` when one is missing or
 * written to meanwhile, or the signal's reason.
 */
export async function readContent(
  checkpoint: string,
  { known, signal }: { readonly known?: Content; readonly signal?: AbortSignal } = {},
): Promise<Content> {
  const parts = await checkpointParts(checkpoint);
  const before = await look(parts);
  if (known && known.state === before?.state) return known;
  const hash = await contentHash(parts, signal);
  const after = await look(parts);
  if (before && before.state === after?.state) return { hash, state: before.state };
  throw new FileError(`${checkpoint} was written to while it was being read; try again when it is complete.`);
}
