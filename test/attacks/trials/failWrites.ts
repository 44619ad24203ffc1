/**
 * Loaded into a process before its own code (`--import`): makes writes below FAIL_ROOTS fail. FAIL_AT is the number of the
 * first that does, 0 for none. FAIL_AS is EIO, and then that one call fails; or ENOSPC, and then every call from there on that
 * needs room. What was called is written to FAIL_LOG, if that is given, a line each.
 */
import fs, { promises, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { isMainThread } from "node:worker_threads";

type Call = (...words: never[]) => unknown;
type Calls = Record<string, Call>;

const roots = (process.env.FAIL_ROOTS ?? "").split(path.delimiter);
const [at, as] = [Number(process.env.FAIL_AT), process.env.FAIL_AS ?? "EIO"];
const calls: string[] = [];
const places = new Map<number, string>();

const isBelow = (place: unknown) =>
  typeof place === "string" && roots.some((root) => place === root || place.startsWith(root + path.sep));
const writes = (flags: unknown) =>
  typeof flags === "number"
    ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0
    : /[wa+]/.test(`${flags}`);

/** Counts a call, and throws where it is to fail. */
function count(name: string, place: string, needsRoom: boolean): void {
  if (as === "ENOSPC" && !needsRoom) return;
  calls.push(`${name} ${place}`);
  if (at === 0 || (as === "ENOSPC" ? calls.length < at : calls.length !== at)) return;
  const error = new Error(`${as}: made to fail, ${name} '${place}'`);
  throw Object.assign(error, { code: as, syscall: name, path: place });
}

/** Puts a call into `home` that counts before it does what the one there did. */
function guard(
  home: Calls,
  name: string,
  before: (...words: unknown[]) => void,
  after?: (result: unknown, ...words: unknown[]) => void,
): void {
  const real = home[name];
  if (!real) return;
  const afterwards = (value: unknown, words: unknown[]) => {
    after?.(value, ...words);
    return value;
  };
  const isAsync = home === (promises as unknown as Calls) || !name.endsWith("Sync");
  home[name] = ((...words: never[]) => {
    try {
      before(...words);
    } catch (error) {
      if (isAsync) return Promise.reject(error);
      throw error;
    }
    const result = real.apply(home, words);
    if (!(result instanceof Promise)) after?.(result, ...words);
    return result instanceof Promise ? result.then((value) => afterwards(value, words)) : result;
  }) as Call;
}

const byPath = (name: string, needsRoom: boolean) => (place: unknown) => {
  if (isBelow(place)) count(name, String(place), needsRoom);
};
const byDescriptor = (name: string, needsRoom: boolean) => (descriptor: unknown) => {
  const place = places.get(Number(descriptor));
  if (place !== undefined) count(name, place, needsRoom);
};

if (isMainThread) {
  const sync = fs as unknown as Calls;
  const async = promises as unknown as Calls;
  const opens = (name: string) => (place: unknown, flags: unknown) => {
    if (isBelow(place) && writes(flags)) count(name, String(place), true);
  };
  guard(sync, "openSync", opens("openSync"), (descriptor, place, flags) => {
    if (isBelow(place) && writes(flags)) places.set(Number(descriptor), String(place));
    else places.delete(Number(descriptor));
  });
  for (const name of ["writeSync", "fsyncSync"]) guard(sync, name, byDescriptor(name, true));
  for (const name of ["fchmodSync", "ftruncateSync"]) guard(sync, name, byDescriptor(name, false));
  for (const name of ["mkdirSync", "linkSync"]) guard(sync, name, byPath(name, true));
  for (const name of ["renameSync", "rmSync", "chmodSync"]) guard(sync, name, byPath(name, false));
  for (const name of ["rename", "rm"]) guard(async, name, byPath(`promises.${name}`, false));
  guard(async, "open", opens("promises.open"), (handle, place, flags) => {
    if (!isBelow(place) || !writes(flags)) return;
    for (const name of ["write", "writeFile", "sync", "chmod"])
      guard(handle as Calls, name, () => count(`handle.${name}`, String(place), name !== "chmod"));
  });
  syncBuiltinESMExports();
  const log = process.env.FAIL_LOG;
  const write = writeFileSync;
  if (log) process.on("exit", () => write(log, calls.join("\n")));
}
