/** Which bytes a file holds, in 64 letters. */
import { createHash } from "node:crypto";
import { openSource, pieces } from "./ranges.ts";

/** SHA-256 of a file's content as hexadecimal digits, read in pieces. Throws `FileError`, or the signal's reason. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const source = await openSource(path);
  try {
    const hash = createHash("sha256");
    for await (const piece of pieces(source)) {
      signal?.throwIfAborted();
      hash.update(piece);
    }
    return hash.digest("hex");
  } finally {
    await source.close();
  }
}
