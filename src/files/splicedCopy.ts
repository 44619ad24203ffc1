/** Copies of files in which some parts become longer or shorter, such as the names of other files. */
import { type FileToWrite, refuseSameFile, writeFully } from "./atomic.ts";
import type { SourceFile } from "./ranges.ts";

/** `length` bytes at `offset` that become `bytes`. */
export interface Splice {
  readonly offset: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

const pieceBytes = 8 * 1024 * 1024;

/** A copy of `source` with splices, which may come in any order and do not overlap, for `writeTogether`. */
export async function splicedCopy(
  source: SourceFile,
  target: string,
  splices: readonly Splice[],
  signal?: AbortSignal,
): Promise<FileToWrite> {
  await refuseSameFile(source.path, target);
  const end = { offset: source.size, length: 0, bytes: new Uint8Array(0) };
  const inOrder = [...splices].sort((a, b) => a.offset - b.offset).concat(end);
  return {
    target,
    like: source.path,
    async write(handle) {
      let from = 0;
      let to = 0;
      const put = async (bytes: Uint8Array): Promise<void> => {
        await writeFully(handle, bytes, to);
        to += bytes.length;
      };
      for (const { offset, length, bytes } of inOrder) {
        while (from < offset) {
          signal?.throwIfAborted();
          const piece = await source.read(from, Math.min(pieceBytes, offset - from));
          await put(piece);
          from += piece.length;
        }
        await put(bytes);
        from += length;
      }
      await source.assertUnchanged();
    },
  };
}
