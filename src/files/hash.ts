/** Content hashes of files of any size. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/**
 * SHA-256 of the contents of the files, one after another, in hex. Streamed: memory stays small.
 * Rejects with the file system's error, or the signal's reason when aborted.
 */
export async function hashFiles(paths: readonly string[], signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(piece);
  }
  return hash.digest("hex");
}
