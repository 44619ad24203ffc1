/** Who has a file open for writing: a save that pauses can have its full size and a sound beginning, and is not whole. */
import { readdir, readlink, stat } from "node:fs/promises";
import path from "node:path";
import { readSmallText, sizeLimits } from "../files/regular.ts";

/** A file that is open for reading, too, may be so for good: after so long without a change it counts as written. */
const openForBothMs = 60_000;
/** Questions that come together are answered by one look. */
const gatherMs = 20;

interface Question {
  readonly names: ReadonlySet<string>;
  /** Device and inode of each file. */
  readonly ids: ReadonlySet<string>;
  quietMs: number;
}

interface Round {
  readonly questions: Question[];
  readonly done: Promise<void>;
}

let gathering: Round | null = null;

/**
 * For how many milliseconds files must not have changed to be taken for whole: 0 where no process of this machine has one of them
 * open for writing, or where that cannot be known (Linux alone tells, about the user's own processes).
 */
export async function quietNeeded(files: readonly string[]): Promise<number> {
  if (process.platform !== "linux") return 0;
  const stats = await Promise.all(files.map((file) => stat(file).catch(() => null)));
  const question: Question = {
    names: new Set(files.map((file) => path.basename(file))),
    ids: new Set(stats.flatMap((one) => (one ? [`${one.dev}:${one.ino}`] : []))),
    quietMs: 0,
  };
  gathering ??= newRound();
  const round = gathering;
  round.questions.push(question);
  await round.done;
  return question.quietMs;
}

function newRound(): Round {
  const questions: Question[] = [];
  const done = new Promise<void>((resolve) => {
    setTimeout(() => {
      gathering = null;
      void lookAtAll(questions).then(resolve, resolve);
    }, gatherMs);
  });
  return { questions, done };
}

async function lookAtAll(questions: readonly Question[]): Promise<void> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
    await Promise.all(open.map((descriptor) => lookAtOne(pid, descriptor, questions)));
  }
}

async function lookAtOne(pid: string, descriptor: string, questions: readonly Question[]): Promise<void> {
  const link = `/proc/${pid}/fd/${descriptor}`;
  const name = path.basename(await readlink(link).catch(() => ""));
  const about = questions.filter(({ names }) => names.has(name));
  if (about.length === 0) return;
  const found = await stat(link).catch(() => null);
  const id = found && `${found.dev}:${found.ino}`;
  const asked = about.filter(({ ids }) => id !== null && ids.has(id));
  if (asked.length === 0) return;
  const quietMs = quietFor(accessMode(`/proc/${pid}/fdinfo/${descriptor}`));
  for (const question of asked) question.quietMs = Math.max(question.quietMs, quietMs);
}

/** How a descriptor was opened, by its entry in /proc; as for reading where it is gone. */
function accessMode(info: string): number {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readSmallText(info, sizeLimits.settings))?.[1] ?? "0";
    return Number.parseInt(flags, 8) & 3;
  } catch {
    return 0;
  }
}

/** By the access mode of open(2): 0 to read, 1 to write, 2 for both. */
function quietFor(mode: number): number {
  if (mode === 0) return 0;
  return mode === 1 ? Number.POSITIVE_INFINITY : openForBothMs;
}
