/** Saves are noticed however they are made, and none is taken for whole before it is. */
import { EventEmitter, once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkpointMatcher } from "../../src/project/checkpointFiles.ts";
import { configurationSchema } from "../../src/project/configuration.ts";
import { CheckpointWatcher, type WatchEvent } from "../../src/watching/watcher.ts";

/** A "checkpoint" here is complete when it ends in "end". What it names before a colon are its parts: "a.bin b.bin: end". */
const isComplete = async (file: string) => (await readFile(file, "utf8")).endsWith("end");
const partsOf = async (file: string) => {
  const [names = "", rest] = (await readFile(file, "utf8")).split(":");
  const parts = rest === undefined ? [] : names.split(" ").map((name) => path.join(path.dirname(file), name));
  return [file, ...parts];
};

let root: string;
let watchers: CheckpointWatcher[];

beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), "watching-")));
  watchers = [];
});

afterEach(async () => {
  for (const watcher of watchers) await watcher.close();
  rmSync(root, { recursive: true, force: true });
});

const at = (...names: string[]) => path.join(root, ...names);

function save(name: string, content: string): void {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
}

/** Watches `root` and lets a test wait for a number of events. */
async function follow(options: { patterns?: string[]; polling?: boolean } = {}) {
  const events: WatchEvent[] = [];
  const arrived = new EventEmitter();
  const watcher = new CheckpointWatcher({
    root,
    matcher: checkpointMatcher({
      path: at("selmix.json"),
      folder: root,
      workspace: root,
      allowOutside: false,
      configuration: configurationSchema.parse({
        checkpoints: options.patterns ?? ["checkpoints/*.pt"],
        features: { train: "train.npz", validation: "validation.npz" },
        output: "checkpoints/${checkpointName}.selmix${checkpointExt}",
      }),
    }),
    polling: options.polling ?? false,
    isComplete,
    partsOf,
    onEvent: (event) => {
      events.push(event);
      arrived.emit("event");
    },
    onProblem: (problem) => {
      throw new Error(problem.message);
    },
  });
  watchers.push(watcher);
  await watcher.start();
  return {
    watcher,
    events,
    async until(count: number) {
      while (events.length < count) await once(arrived, "event");
      return events;
    },
    /** Whatever comes until a further file has been noticed: events that should not be there would be among them. */
    async untilQuiet() {
      const last = at("checkpoints", "zz-last.pt");
      await sleep(700);
      save("checkpoints/zz-last.pt", `${Math.random()} end`);
      while (!events.some((event) => "checkpoint" in event && event.checkpoint.path === last)) {
        await once(arrived, "event");
      }
      return events.filter((event) => !("checkpoint" in event && event.checkpoint.path === last));
    },
  };
}

const summary = (event: WatchEvent) =>
  `${event.kind} ${path.basename(event.kind === "deleted" ? event.path : event.checkpoint.path)}`;

test("reports what is there at the start as found, not as new", async () => {
  save("checkpoints/a.pt", "a end");
  save("checkpoints/notes.txt", "not a checkpoint end");
  const { events, until } = await follow();
  await until(1);
  expect(events.map(summary)).toEqual(["found a.pt"]);
});

test("of hundreds that are there the newest are reported first, however they are called", async () => {
  const count = 300;
  for (let i = 0; i < count; i++) {
    save(`checkpoints/${i}.pt`, `${i} end`);
    const newestInTheMiddle = 1_700_000_000 + ((i + count / 2) % count);
    utimesSync(at("checkpoints", `${i}.pt`), newestInTheMiddle, newestInTheMiddle);
  }
  const { events } = await follow();
  expect(events).toHaveLength(count);
  const times = events.map((event) => (event.kind === "found" ? event.checkpoint.modified : 0));
  const sorted = times.toSorted((a, b) => b - a);
  // Sixteen are looked at together, and one of these may take its time: none comes before more than the others of them.
  const early = times.map((time, at) => sorted.indexOf(time) - at);
  expect(Math.max(...early)).toBeLessThan(16);
});

test("a file written slowly in pieces is reported once, when it is whole", async () => {
  const { events, untilQuiet } = await follow();
  save("checkpoints/slow.pt", "begin ");
  for (const piece of ["one ", "two ", "three ", "end"]) {
    await sleep(250);
    expect(events).toEqual([]);
    await appendFile(at("checkpoints", "slow.pt"), piece);
  }
  expect((await untilQuiet()).map(summary)).toEqual(["new slow.pt"]);
});

test("a file that was half written when watching began is new once it is whole", async () => {
  save("checkpoints/half.pt", "begin");
  const { events, until } = await follow();
  await appendFile(at("checkpoints", "half.pt"), " end");
  await until(1);
  expect(events.map(summary)).toEqual(["new half.pt"]);
});

test("a file that is written again while it is looked at for the first time is changed", async () => {
  save("checkpoints/a.pt", "a.bin: end");
  save("checkpoints/a.bin", "one");
  for (const name of ["a.pt", "a.bin"]) utimesSync(at("checkpoints", name), 1, 1);
  const { until } = await follow();
  await until(1);
  save("checkpoints/a.bin", "two");
  await sleep(150);
  save("checkpoints/a.pt", "a.bin: end");
  expect((await until(2)).map(summary)).toEqual(["found a.pt", "changed a.pt"]);
});

test("a file renamed into place is new; overwritten by rename it is changed", async () => {
  const { until } = await follow();
  save("staging/1.tmp", "one end");
  mkdirSync(at("checkpoints"));
  renameSync(at("staging", "1.tmp"), at("checkpoints", "last.pt"));
  expect((await until(1)).map(summary)).toEqual(["new last.pt"]);
  save("staging/2.tmp", "two end");
  renameSync(at("staging", "2.tmp"), at("checkpoints", "last.pt"));
  expect((await until(2)).map(summary)).toEqual(["new last.pt", "changed last.pt"]);
});

test("a save in place is noticed though its size is the same and its time is set back", async () => {
  save("checkpoints/a.pt", "one end");
  const before = statSync(at("checkpoints", "a.pt"));
  for (const polling of [false, true]) {
    const { until } = await follow({ polling });
    await until(1);
    save("checkpoints/a.pt", polling ? "two end" : "six end");
    utimesSync(at("checkpoints", "a.pt"), before.atime, before.mtime);
    expect((await until(2)).map(summary)).toEqual(["found a.pt", "changed a.pt"]);
  }
});

/** Writes a shard as most libraries do: under another name, and renamed. */
function saveByRename(name: string, content: string): void {
  save(`${name}.part`, content);
  renameSync(at(`${name}.part`), at(name));
}

test.each([false, true])(
  "shards that are written again under the same index are a save (polling: %s)",
  async (polling) => {
    save("checkpoints/a.pt", "1.bin 2.bin: end");
    saveByRename("checkpoints/1.bin", "one");
    saveByRename("checkpoints/2.bin", "two");
    const { until } = await follow({ polling });
    await until(1);
    saveByRename("checkpoints/2.bin", "another two");
    await until(2);
    save("checkpoints/1.bin", "another one, in place");
    expect((await until(3)).map(summary)).toEqual(["found a.pt", "changed a.pt", "changed a.pt"]);
  },
);

test("shards that are written one after another, the index first or last, are one save", async () => {
  const { untilQuiet } = await follow();
  save("checkpoints/first.pt", "1.bin 2.bin: end");
  await sleep(600);
  save("checkpoints/1.bin", "one");
  await sleep(600);
  save("checkpoints/2.bin", "two");
  for (const shard of ["3.bin", "4.bin"]) {
    await sleep(600);
    save(`checkpoints/${shard}`, shard);
  }
  save("checkpoints/last.pt", "3.bin 4.bin: end");
  await sleep(1500);
  expect((await untilQuiet()).map(summary).sort()).toEqual(["new first.pt", "new last.pt"]);
});

test("shards that are written again with pauses, under the same index, are one save", async () => {
  for (const shard of ["1.bin", "2.bin"]) save(`checkpoints/${shard}`, "old");
  save("checkpoints/a.pt", "1.bin 2.bin: end");
  const { until, untilQuiet } = await follow();
  await until(1);
  for (const shard of ["1.bin", "2.bin"]) {
    save(`checkpoints/${shard}`, "another");
    await sleep(600);
  }
  await sleep(1000);
  expect((await untilQuiet()).map(summary)).toEqual(["found a.pt", "changed a.pt"]);
});

test("shards in a folder of their own are followed", async () => {
  save("checkpoints/a.pt", "shards/1.bin: end");
  save("checkpoints/shards/1.bin", "one");
  const { until } = await follow();
  await until(1);
  saveByRename("checkpoints/shards/1.bin", "another");
  expect((await until(2)).map(summary)).toEqual(["found a.pt", "changed a.pt"]);
});

test("a file that is whole to look at is not taken while its writer pauses", async () => {
  const { events, until } = await follow();
  for (const flags of ["w", "w+"]) {
    const name = `paused-${flags === "w" ? 1 : 2}.pt`;
    mkdirSync(at("checkpoints"), { recursive: true });
    const file = openSync(at("checkpoints", name), flags);
    writeSync(file, "the old end");
    await sleep(1200);
    expect(events.map(summary)).not.toContain(`new ${name}`);
    writeSync(file, "and the new end");
    closeSync(file);
    await until(events.length + 1);
    expect(events.map(summary).at(-1)).toBe(`new ${name}`);
  }
});

test("a reader does not keep a checkpoint from being taken", async () => {
  const { until } = await follow();
  save("checkpoints/a.pt", "a end");
  const reader = openSync(at("checkpoints", "a.pt"), "r");
  expect((await until(1)).map(summary)).toEqual(["new a.pt"]);
  closeSync(reader);
});

test("a file that was made at its full size is given time to be filled, though nobody has it open", async () => {
  const { events, until } = await follow();
  save("checkpoints/hollow.pt", "");
  truncateSync(at("checkpoints", "hollow.pt"), 10_000_000);
  const file = openSync(at("checkpoints", "hollow.pt"), "r+");
  writeSync(file, "end", 10_000_000 - 3);
  closeSync(file);
  await sleep(1500);
  expect(events).toEqual([]);
  save("checkpoints/hollow.pt", "filled end");
  expect((await until(1)).map(summary)).toEqual(["new hollow.pt"]);
});

test("a renamed checkpoint keeps its identity; a deleted one is reported", async () => {
  save("checkpoints/a.pt", "a end");
  const { until, untilQuiet } = await follow();
  await until(1);
  renameSync(at("checkpoints", "a.pt"), at("checkpoints", "b.pt"));
  const [, renamed] = await until(2);
  expect(renamed).toMatchObject({ kind: "renamed", from: at("checkpoints", "a.pt") });
  rmSync(at("checkpoints", "b.pt"));
  expect((await untilQuiet()).map(summary)).toEqual(["found a.pt", "renamed b.pt", "deleted b.pt"]);
});

test("a burst of ten files is ten events", async () => {
  const { until } = await follow();
  for (let index = 0; index < 10; index += 1) save(`checkpoints/epoch_${index}.pt`, `${index} end`);
  const names = (await until(10)).map(summary).sort();
  expect(names).toEqual(Array.from({ length: 10 }, (_, index) => `new epoch_${index}.pt`));
});

test("hundreds of files are all found", async () => {
  for (let index = 0; index < 400; index += 1) save(`checkpoints/${index}.pt`, `${index} end`);
  const { until } = await follow();
  expect(new Set((await until(400)).map(summary)).size).toBe(400);
  // Their folder tells about them: a watch of each takes 20 kB.
  const watches = process.getActiveResourcesInfo().filter((one) => one === "FSEventWrap");
  expect(watches.length).toBeLessThan(10);
});

test("what a link leads to is followed, and the files of a folder that moves", async () => {
  save("elsewhere/real.pt", "1 end");
  save("checkpoints/old/a.pt", "a end");
  symlinkSync("../elsewhere/real.pt", at("checkpoints", "link.pt"));
  const { until } = await follow({ patterns: ["checkpoints/**/*.pt"] });
  expect((await until(2)).map(summary).sort()).toEqual(["found a.pt", "found link.pt"]);
  save("elsewhere/real.pt", "12 end");
  expect((await until(3)).map(summary).slice(2)).toEqual(["changed link.pt"]);
  renameSync(at("checkpoints", "old"), at("checkpoints", "new"));
  expect((await until(4)).map(summary).slice(3)).toEqual(["renamed a.pt"]);
  save("checkpoints/new/b.pt", "b end");
  expect((await until(5)).map(summary).slice(4)).toEqual(["new b.pt"]);
  rmSync(at("checkpoints", "new"), { recursive: true });
  expect((await until(7)).map(summary).slice(5).sort()).toEqual(["deleted a.pt", "deleted b.pt"]);
});

test.each(["checkpoints", "checkpoints/run/deep"])(
  "%s, removed and made again at once, is watched further",
  async (place) => {
    mkdirSync(at(...place.split("/")), { recursive: true });
    const { events } = await follow({ patterns: ["checkpoints/**/*.pt"] });
    const seen = (name: string) => events.some((event) => summary(event) === `new ${name}`);
    for (const round of [1, 2]) {
      rmSync(at("checkpoints"), { recursive: true });
      save(`${place}/first-${round}.pt`, `${round} end`);
      await vi.waitUntil(() => seen(`first-${round}.pt`), 20_000);
      save(`${place}/later-${round}.pt`, `${round} end`);
      await vi.waitUntil(() => seen(`later-${round}.pt`), 20_000);
    }
  },
);

test("folders that appear later are watched, several levels deep", async () => {
  const { until } = await follow({ patterns: ["runs/**/best.pt", "out/*/last.pt"] });
  save("runs/today/model/best.pt", "best end");
  save("out/today/last.pt", "last end");
  save("out/today/deeper/last.pt", "not named end");
  save("node_modules/best.pt", "not looked at end");
  expect((await until(2)).map(summary).sort()).toEqual(["new best.pt", "new last.pt"]);
});

test("our own output in the watched folder is ignored", async () => {
  const { untilQuiet } = await follow();
  save("checkpoints/a.selmix.pt", "ours end");
  save("checkpoints/a.pt", "theirs end");
  expect((await untilQuiet()).map(summary)).toEqual(["new a.pt"]);
});

test("neither our own output by another path is taken, nor a file out of the workspace", async () => {
  const outside = realpathSync(mkdtempSync(path.join(tmpdir(), "outside-")));
  writeFileSync(path.join(outside, "secret.pt"), "secret end");
  save("checkpoints/notes.txt", "");
  symlinkSync("..", at("checkpoints", "loop"));
  symlinkSync("../checkpoints", at("checkpoints", "again"));
  mkdirSync(at("other"));
  symlinkSync("../checkpoints", at("other", "linked"));
  const { untilQuiet } = await follow({ patterns: ["checkpoints/**/*.pt", "other/**/*.pt"] });
  symlinkSync(path.join(outside, "secret.pt"), at("checkpoints", "link.pt"));
  save("checkpoints/a.selmix.pt", "ours end");
  save("checkpoints/a.pt", "a end");
  const events = await untilQuiet();
  const found = events.flatMap((event) =>
    "checkpoint" in event ? [path.relative(root, event.checkpoint.path)] : [],
  );
  expect(found.filter((name) => !name.endsWith("zz-last.pt")).sort()).toEqual([
    "checkpoints/a.pt",
    "other/linked/a.pt",
  ]);
  rmSync(outside, { recursive: true });
});

test("polling finds what events would", async () => {
  save("checkpoints/a.pt", "a end");
  const { until } = await follow({ polling: true });
  await until(1);
  save("checkpoints/b.pt", "b end");
  expect((await until(2)).map(summary)).toEqual(["found a.pt", "new b.pt"]);
});

test("closing while files settle leaves nothing running", async () => {
  const { watcher, events } = await follow();
  save("checkpoints/a.pt", "a end");
  await watcher.close();
  await sleep(500);
  expect(events).toEqual([]);
  expect(existsSync(at("checkpoints", "a.pt"))).toBe(true);
});
