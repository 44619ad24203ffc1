/** What is tuned by itself: over sessions, some of which end as if the machine had been switched off. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contentHash } from "../../src/checkpoints/identity.ts";
import { checkpointMatcher } from "../../src/project/checkpointFiles.ts";
import { configurationSchema } from "../../src/project/configuration.ts";
import { WatchMemory } from "../../src/watching/memory.ts";
import { RetuneQueue } from "../../src/watching/retune.ts";
import { Saves } from "../../src/watching/saves.ts";
import { CheckpointWatcher } from "../../src/watching/watcher.ts";

let root: string;
/** Contents that runs have tuned: they outlast a session. */
let tuned: Set<string>;
let sessions: Session[];

beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), "saves-")));
  mkdirSync(path.join(root, "checkpoints"));
  tuned = new Set();
  sessions = [];
});
afterEach(async () => {
  for (const session of sessions) await session.close();
  rmSync(root, { recursive: true, force: true });
});

const at = (name: string) => path.join(root, "checkpoints", name);

/** Saves seconds after the one before, as training does. */
let clock = Date.now() / 1000 - 5000;
function save(name: string, content: string): void {
  clock += 10;
  writeFileSync(`${at(name)}.part`, content);
  utimesSync(`${at(name)}.part`, clock, clock);
  renameSync(`${at(name)}.part`, at(name));
}

/** Somebody who watches, and tunes one at a time, each until the test says how it ends. */
class Session {
  readonly started: string[] = [];
  readonly notes: string[] = [];
  readonly #watcher: CheckpointWatcher;
  readonly #saves: Saves;
  readonly #queue: RetuneQueue;
  #work: { readonly hash: string } | null = null;

  static async begin(folder = root): Promise<Session> {
    const session = new Session(folder);
    sessions.push(session);
    await session.#watcher.start();
    await session.#saves.begin();
    return session;
  }

  private constructor(folder: string) {
    const configuration = path.join(folder, "selmix.json");
    this.#queue = new RetuneQueue({
      isBusy: () => this.#work !== null,
      start: (_, { path: file, content }) => {
        this.#work = content;
        this.started.push(path.basename(file));
      },
      onChange: () => this.#saves.changed(),
    });
    this.#watcher = new CheckpointWatcher({
      root: folder,
      matcher: checkpointMatcher({
        path: configuration,
        folder,
        workspace: folder,
        allowOutside: false,
        configuration: configurationSchema.parse({
          checkpoints: ["checkpoints/*.pt"],
          features: { train: "train.npz", validation: "validation.npz" },
        }),
      }),
      isComplete: async () => true,
      partsOf: async (file) => [file],
      onEvent: (event) => {
        if (event.kind === "renamed") this.#queue.rename(event.from, event.checkpoint.path);
        this.#saves.receive(event);
      },
      onProblem: ({ message }) => this.notes.push(message),
    });
    this.#saves = new Saves({
      memory: new WatchMemory(configuration),
      present: () => this.#watcher.present,
      isTuned: (hash) => tuned.has(hash),
      pending: () => this.#queue.pending(configuration),
      isPassedOver: (checkpoint) => this.#queue.isPassedOver(configuration, checkpoint),
      onSave: (one, kind) => this.#queue.saved(configuration, one, kind),
      onNote: (sentence) => this.notes.push(sentence),
    });
    this.#configuration = configuration;
  }
  readonly #configuration: string;

  /** The tune at work ends, well or badly. */
  finish(well = true): void {
    if (well && this.#work) tuned.add(this.#work.hash);
    this.#work = null;
    this.#queue.finished(this.#configuration);
    this.#saves.changed();
  }

  get pending(): string[] {
    return this.#queue.pending(this.#configuration).map((one) => path.basename(one.path));
  }

  async until(...names: string[]): Promise<void> {
    await expect.poll(() => this.started, { timeout: 10_000 }).toEqual(names);
  }

  /** Nothing more is started, as far as can be seen. */
  async quiet(...names: string[]): Promise<void> {
    await sleep(1200);
    expect(this.started).toEqual(names);
  }

  /** As Ctrl-C, or kill -9 a moment after the last change: what is at work is not finished. */
  async close(): Promise<void> {
    if (sessions.includes(this)) sessions = sessions.filter((one) => one !== this);
    else return;
    await this.#saves.close();
    this.#queue.dispose();
    await this.#watcher.close();
  }
}

test("what is there when somebody watches for the first time is seen, what is saved then is tuned, once for its content", async () => {
  save("1.pt", "one");
  const session = await Session.begin();
  await session.quiet();
  save("2.pt", "two");
  await session.until("2.pt");
  session.finish();
  save("copy.pt", "two");
  save("2.pt", "two");
  await session.quiet("2.pt");
  save("1.pt", "another one");
  await session.until("2.pt", "1.pt");
});

test("what failed is not tried again by itself, but when it is saved again", async () => {
  const session = await Session.begin();
  save("1.pt", "one");
  await session.until("1.pt");
  session.finish(false);
  await session.quiet("1.pt");
  await session.close();
  const next = await Session.begin();
  await next.quiet();
  save("1.pt", "one");
  await next.until("1.pt");
});

test("of what was saved while nobody watched the newest is tuned, and it is said that there is more", async () => {
  save("1.pt", "one");
  const first = await Session.begin();
  await first.close();
  save("2.pt", "two");
  save("3.pt", "three");
  const second = await Session.begin();
  await second.until("3.pt");
  expect(second.notes).toEqual([expect.stringMatching(/^2 checkpoints were saved while nobody watched/)]);
  second.finish();
  await second.quiet("3.pt");
  await second.close();
  const third = await Session.begin();
  await third.quiet();
  expect(third.notes).toEqual([]);
});

test("one that was saved a moment before somebody watches again is not overlooked", async () => {
  await (await Session.begin()).close();
  writeFileSync(at("1.pt"), "one");
  await (await Session.begin()).until("1.pt");
});

test("a checkpoint written over while nobody watched is a save, one that is only renamed or tuned already is none", async () => {
  save("1.pt", "one");
  save("2.pt", "two");
  await (await Session.begin()).close();
  save("1.pt", "another one");
  const second = await Session.begin();
  await second.until("1.pt");
  second.finish();
  await second.close();
  renameSync(at("2.pt"), at("renamed.pt"));
  await (await Session.begin()).quiet();
  for (const session of sessions) await session.close();
  save("3.pt", "three");
  tuned.add(await contentHash([at("3.pt")]));
  await (await Session.begin()).quiet();
});

test("a tune that was cut off is taken up again, after what was saved since, and so is what waited", async () => {
  const first = await Session.begin();
  save("1.pt", "one");
  await first.until("1.pt");
  save("2.pt", "two");
  await expect.poll(() => first.pending).toEqual(["2.pt", "1.pt"]);
  await first.close();
  save("3.pt", "three");
  const second = await Session.begin();
  await second.until("3.pt");
  second.finish();
  await second.until("3.pt", "2.pt");
  second.finish();
  await second.until("3.pt", "2.pt", "1.pt");
  second.finish();
  await second.close();
  await (await Session.begin()).quiet();
});

test("what was tuned by hand meanwhile is not taken up again", async () => {
  const first = await Session.begin();
  save("1.pt", "one");
  await first.until("1.pt");
  await first.close();
  tuned.add(await contentHash([at("1.pt")]));
  await (await Session.begin()).quiet();
});

test("in a copy of the folder everything is there for the first time", async () => {
  save("1.pt", "one");
  await (await Session.begin()).close();
  const copy = realpathSync(mkdtempSync(path.join(tmpdir(), "saves-copy-")));
  cpSync(root, copy, { recursive: true });
  utimesSync(path.join(copy, "checkpoints/1.pt"), clock + 1, clock + 1);
  await (await Session.begin(copy)).quiet();
  rmSync(copy, { recursive: true });
});

test("what cannot be read of what was seen counts as nothing, and is written anew", async () => {
  const memory = path.join(root, ".selmix/watched-selmix.json");
  mkdirSync(path.dirname(memory));
  for (const content of ["", "{", "[]", '{"version": 2}']) {
    writeFileSync(memory, content);
    save("1.pt", content);
    const session = await Session.begin();
    await session.close();
    expect(session.started).toEqual([]);
    expect(JSON.parse(readFileSync(memory, "utf8"))).toMatchObject({ version: 1, pending: [] });
  }
});

test("what is there is not read: neither at the first start, nor at a later one", async () => {
  for (let index = 0; index < 20; index += 1) {
    writeFileSync(at(`${index}.pt`), "");
    truncateSync(at(`${index}.pt`), 8 * 2 ** 30);
    utimesSync(at(`${index}.pt`), clock - 10_000, clock - 10_000);
  }
  for (const name of ["first.pt", "second.pt"]) {
    const begun = performance.now();
    const session = await Session.begin();
    save(name, name);
    await session.until(name);
    expect(performance.now() - begun).toBeLessThan(8000);
    session.finish();
    await session.close();
  }
});
