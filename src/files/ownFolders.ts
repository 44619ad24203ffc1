/** Folders that are the user's own: for nobody else to read or write, whatever else is shared on this machine. */
import { chmodSync, lstatSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { makeFolder } from "./direct.ts";

/**
 * What this process makes its owner can read, change and remove, whatever mask it was started with: else it could not go on with
 * its own files. Others get no more than before.
 */
export function keepForOwner(): void {
  process.umask(process.umask(0o077) & 0o077);
}

/** What can be made again: measurements, packages, compiled code. SELMIX_STORAGE names another place. */
export function cacheFolder(): string {
  const { SELMIX_STORAGE, LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (SELMIX_STORAGE) return SELMIX_STORAGE;
  if (process.platform === "win32" && LOCALAPPDATA) return path.join(LOCALAPPDATA, "selmix");
  if (process.platform === "darwin") return path.join(os.homedir(), "Library", "Caches", "selmix");
  return path.join(absolute(XDG_CACHE_HOME) ?? path.join(os.homedir(), ".cache"), "selmix");
}

/** Where Node may keep our code compiled: what lies there is run, so it is the user's alone or not used at all. */
export function compiledFolder(): string | null {
  const folder = path.join(cacheFolder(), "compiled");
  return makeOwn(cacheFolder()) && makeOwn(folder) ? folder : null;
}

/**
 * What cannot be made again: which files we wrote, what is unfinished, who works on what. Made where it is missing. Without a
 * home to write to, it lies among the temporary files; null where not even these are ours. SELMIX_STATE names another place.
 */
export function stateFolder(): string | null {
  const user = process.getuid?.() ?? os.userInfo().username;
  const places = [stateHome(), path.join(os.tmpdir(), `selmix-state-${user}`)];
  return places.find(makeOwn) ?? null;
}

function stateHome(): string {
  const { SELMIX_STATE, LOCALAPPDATA, XDG_STATE_HOME } = process.env;
  if (SELMIX_STATE) return SELMIX_STATE;
  if (process.platform === "win32" && LOCALAPPDATA) return path.join(LOCALAPPDATA, "selmix", "state");
  if (process.platform === "darwin") {
    return path.join(os.homedir(), "Library", "Application Support", "selmix");
  }
  return path.join(absolute(XDG_STATE_HOME) ?? path.join(os.homedir(), ".local", "state"), "selmix");
}

/** The base directory specification ignores relative paths. */
function absolute(folder: string | undefined): string | null {
  return folder && path.isAbsolute(folder) ? folder : null;
}

/** Makes a folder for the user alone. False where that cannot be: it cannot be written, or it is another's. */
export function makeOwn(folder: string): boolean {
  try {
    makeFolder(folder, 0o700);
    return isOwn(folder, true);
  } catch {
    return false;
  }
}

/** Whether a folder is there and nobody else can write to it; `close` shuts others out of one that is the user's. */
export function isOwn(folder: string, close = false): boolean {
  const user = process.getuid?.();
  try {
    const [named, real] = [lstatSync(folder), statSync(folder)];
    if (!real.isDirectory()) return false;
    // Windows keeps the user's folders by other means.
    if (user === undefined) return true;
    if (named.uid !== user || real.uid !== user) return false;
    if (close && (real.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return close || (real.mode & 0o022) === 0;
  } catch {
    return false;
  }
}
