/** A checkpoint's body, where it can be told. */
import { type Checkpoint, CheckpointError } from "../../checkpoints/checkpoint.ts";
import { checkpointParts } from "../../checkpoints/formats.ts";
import { type HeadTensors, headNames } from "../../checkpoints/head.ts";
import { bodyHash } from "../../checkpoints/identity.ts";
import { FileError } from "../../files/ranges.ts";
import { look } from "../../watching/look.ts";

/** The body that was read last: who tunes what was saved asks twice. */
let last = { of: "", bodyHash: "" };

/** `bodyHash`; null where the checkpoint is a head alone, or some tensor cannot be read: the features are looked at in other ways then. */
export async function bodyOf(
  checkpoint: Checkpoint,
  head: HeadTensors,
  signal?: AbortSignal,
): Promise<string | null> {
  const own = headNames(head);
  if (checkpoint.tensors.every(({ name }) => own.includes(name))) return null;
  const files = await look(await checkpointParts(checkpoint.path));
  const of = JSON.stringify([files?.files, files?.state, own]);
  if (files && last.of === of) return last.bodyHash;
  try {
    const hash = await bodyHash(checkpoint, head, signal);
    last = { of, bodyHash: hash };
    return hash;
  } catch (error) {
    if (error instanceof CheckpointError || error instanceof FileError) return null;
    throw error;
  }
}
