/**
 * What every write of ours has in common: a temporary file of a random name that nobody else can have put there, beside the
 * file that it becomes. Nothing is followed: where a link has that name, the file is not opened, and a link in the place of
 * the file itself is replaced, not written through.
 */
import { constants, lstatSync, type Stats, statSync } from "node:fs";
import path from "node:path";

const noFollow = constants.O_NOFOLLOW ?? 0;
const noWait = constants.O_NONBLOCK ?? 0;

/** Opens a file that is not there yet, to be written and read back. */
export const freshFlags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | noFollow;
/** Opens a file of ours to be written further; a pipe is refused instead of waited for. */
export const appendFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | noFollow | noWait;
export const changeFlags = constants.O_WRONLY | noFollow | noWait;

/** What `freshName` makes, and nothing that people write. */
export const freshPattern = /^\..*\.[0-9a-f]{12}\.tmp$/s;

/** A temporary name beside `target`. Longer names than a file system takes are cut. */
export function freshName(target: string): string {
  const digits = () => Math.floor(Math.random() * 0x1000000).toString(16);
  const random = (digits() + digits()).padStart(12, "0");
  return path.join(path.dirname(target), `.${path.basename(target).slice(0, 40)}.${random}.tmp`);
}

/** What is in a place itself, a link not followed; undefined where nothing is, or can be. */
export function lookAt(place: string): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ENOTDIR" || code === "ERR_INVALID_ARG_VALUE" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}

/** Permissions of a new file: exactly those of the file it replaces, else at most those of the file it is made from. */
export function modeFor(
  target: string,
  like?: string,
): { readonly create: number; readonly exact: number | null } {
  const replaced = lookAt(target);
  if (replaced?.isFile()) return { create: 0o600, exact: replaced.mode & 0o777 };
  const source = like === undefined ? undefined : statSync(like, { throwIfNoEntry: false });
  // The owner must be able to write it, at least until it is written.
  return { create: source ? (source.mode & 0o777) | 0o200 : 0o666, exact: null };
}
