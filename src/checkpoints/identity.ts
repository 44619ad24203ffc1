/**
 * What a checkpoint holds, in 64 letters: all of its files, or all of its numbers but the head's. Both can be computed anywhere;
 * docs/files.md has them in Python.
 */
import { createHash } from "node:crypto";
import path from "node:path";
import { hashFile } from "../files/hash.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { copyPrefix } from "./copies.ts";
import { type HeadTensors, headNames } from "./head.ts";

/**
 * `contentHash`: SHA-256 over the SHA-256 (32 bytes) of each part, in the order of their names relative to the first one's folder.
 * `parts` are those of `checkpointParts`. Throws `FileError`, or the signal's reason.
 */
export async function contentHash(parts: readonly string[], signal?: AbortSignal): Promise<string> {
  const folder = path.dirname(parts[0] ?? "");
  const named = parts.map((file) => ({ file, name: path.relative(folder, file).split(path.sep).join("/") }));
  const digests: string[] = [];
  for (const { file } of inOrder(named)) digests.push(await hashFile(file, signal));
  return hashOfDigests(digests);
}

/** Whether a record is about this content. 0.1.0 wrote down the SHA-256 of the first part alone. */
export function isSameContent(recorded: string, contentHash: string): boolean {
  return recorded === contentHash || hashOfDigests([recorded]) === contentHash;
}

function hashOfDigests(digests: readonly string[]): string {
  const hash = createHash("sha256");
  for (const digest of digests) hash.update(digest, "hex");
  return hash.digest("hex");
}

/**
 * Whether a tensor counts or draws instead of computing: batches that a normalisation has seen, and the state of a generator of
 * random numbers (two whole numbers). A training step of the head moves them, and no feature depends on them.
 */
export function isCounter({ name, type, shape }: Pick<TensorInfo, "name" | "type" | "shape">): boolean {
  if (!/^[IU]\d+$/.test(type)) return false;
  const parts = name.split(/[./]/);
  if (parts.includes("num_batches_tracked")) return true;
  const isState = shape.length === 1 && shape[0] === 2;
  return isState && parts.some((part) => /^(seed_)?generator(_\d+)?$/.test(part));
}

/**
 * `bodyHash`: SHA-256 over, for each tensor of the model but the head's own and counters, in the order of their names: name, a zero
 * byte, type, a zero byte, the shape as decimal numbers with commas, a zero byte, and the SHA-256 (32 bytes) of its numbers,
 * little-endian and row-major. What is kept beside the model (an averaged copy, an optimizer's state) is none of it; for a head of
 * such a copy, the copy alone is. Throws `CheckpointError`, `FileError`, or the signal's reason.
 */
export async function bodyHash(
  checkpoint: Checkpoint,
  head: HeadTensors,
  signal?: AbortSignal,
): Promise<string> {
  const { tensors } = checkpoint;
  const side = tensors.find(({ name }) => name === head.weight)?.auxiliary ?? false;
  const ofHead = new Set(headNames(head));
  const copy = side ? copyPrefix(head.weight) : "";
  const isBody = (tensor: TensorInfo) =>
    !ofHead.has(tensor.name) &&
    (tensor.auxiliary ?? false) === side &&
    tensor.name.startsWith(copy) &&
    !isCounter(tensor);
  const hash = createHash("sha256");
  for (const { name, type, shape } of inOrder(tensors.filter(isBody))) {
    const numbers = createHash("sha256");
    for await (const piece of checkpoint.bytesOf(name)) {
      signal?.throwIfAborted();
      numbers.update(piece);
    }
    hash.update(`${name}\0${type}\0${shape.join(",")}\0`).update(numbers.digest());
  }
  return hash.digest("hex");
}

/** By name, as its UTF-8 bytes sort: the order that Python's `sorted` has, too. */
function inOrder<Named extends { readonly name: string }>(all: readonly Named[]): Named[] {
  const encoded = all.map((one) => ({ one, key: Buffer.from(one.name) }));
  return encoded.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ one }) => one);
}
