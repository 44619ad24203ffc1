/** A packed member of a ZIP archive that is too large for memory: unpacked to a file of ours, which is read by ranges. */

import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { makeFolder, remove, writeAt } from "./direct.ts";
import { freshFlags, freshName } from "./fresh.ts";
import { FileError, openSource, reason, type SourceFile } from "./ranges.ts";
import { noteUnfinished } from "./unfinished.ts";
import { memberPieces, requireWithin, type ZipArchive, type ZipMember } from "./zip.ts";

const mostBytes = 1024 * 1024 * 1024;

/** Unpacks a member into `folder`, for as long as the result is open. Throws `FileError`, for one of more than 1 GB too. */
export async function unpackMember(
  archive: ZipArchive,
  member: ZipMember,
  folder: string,
): Promise<SourceFile> {
  requireWithin(archive, member, mostBytes);
  makeFolder(folder);
  const file = freshName(path.join(folder, "unpacked"));
  const forget = noteUnfinished([file]);
  const end = () => {
    remove(file);
    forget();
  };
  try {
    await fill(file, memberPieces(archive, member));
    const source = await openSource(file);
    return {
      ...source,
      name: `${archive.source.name}:${member.name}`,
      async close() {
        await source.close();
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

async function fill(file: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const descriptor = openSync(file, freshFlags, 0o600);
  try {
    let at = 0;
    for await (const piece of pieces) {
      writeAt(descriptor, piece, at);
      at += piece.length;
    }
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${file} cannot be written: ${reason(error)}; make room there.`);
  } finally {
    closeSync(descriptor);
  }
}
