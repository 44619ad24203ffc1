/** `selmix watch` against savers of every kind, and against being killed. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { checkpointParts } from "../../src/checkpoints/formats.ts";
import { contentHash } from "../../src/checkpoints/identity.ts";
import { editText } from "../../src/project/edit.ts";
import { listRunFolders, readRunRecord } from "../../src/project/readRuns.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

const cli = path.resolve("dist/cli.mjs");

let workspace: Workspace;
let children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  rmSync(workspace.folder, { recursive: true, force: true });
});

const start = (values: Record<string, unknown> = {}) => {
  workspace = exampleWorkspace({
    ...{ "tuning.controls": "none", "tuning.steps": 1, "tuning.cycle": 1 },
    ...values,
  });
};
const at = (name: string) => path.join(workspace.folder, "checkpoints", name);
const runs = () => listRunFolders(workspace.folder).flatMap((folder) => readRunRecord(folder) ?? []);
/** Hashes of the contents that were tuned to the end, in the order of their runs. */
const tuned = () =>
  runs()
    .filter(({ state }) => state === "done")
    .map(({ checkpointHash }) => checkpointHash)
    .reverse();
const hashOf = async (file: string) => contentHash(await checkpointParts(file));

/** What the last `selmix watch` said so far, on standard error. */
let said = "";

/** Starts watching; resolves when it says so. */
async function watch(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [cli, "watch"], {
    cwd: workspace.folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(child);
  said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 20_000 }).toContain("Watching");
  return child;
}

/** Waits until so many are tuned, and then until no more come. */
async function untilTuned(count: number): Promise<string[]> {
  await expect.poll(() => tuned().length, { timeout: 30_000, interval: 100 }).toBeGreaterThanOrEqual(count);
  await sleep(1500);
  return tuned();
}

let counter = 0;
/** The example's checkpoint with one other number in its head: the features stay its own. Or in its body, the last tensor. */
function variant(part: "head" | "body" = "head"): Buffer {
  const bytes = readFileSync(path.resolve("examples/fashion-mnist-lt/checkpoints/epoch-10.safetensors"));
  counter += 1;
  const head = tensors(bytes).get("fc.weight")?.data;
  if (part === "head") head?.writeUInt32LE(counter);
  else bytes.writeUInt32LE(counter, bytes.length - 4);
  return bytes;
}

function saveByRename(name: string, bytes: string | Uint8Array): void {
  writeFileSync(at(`${name}.part`), bytes);
  renameSync(at(`${name}.part`), at(name));
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Buffer;
}

function tensors(bytes: Buffer): Map<string, Entry> {
  const length = Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> =
    JSON.parse(bytes.toString("utf8", 8, 8 + length));
  const data = bytes.subarray(8 + length);
  const named = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return new Map(
    named.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [name, { dtype, shape, data: data.subarray(from, to) }],
    ),
  );
}

function safetensors(entries: readonly (readonly [string, Entry])[]): Buffer {
  let offset = 0;
  const header = entries.map(([name, { dtype, shape, data }]) => {
    offset += data.length;
    return [name, { dtype, shape, data_offsets: [offset - data.length, offset] }] as const;
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...entries.map(([, { data }]) => data)]);
}

/** Two shards, the head in the second, and their index, whose text is always the same. */
function saveShards({ withIndex }: { withIndex: boolean }): Promise<string> {
  const all = [...tensors(variant())];
  const isHead = ([name]: readonly [string, Entry]) => name.startsWith("fc.");
  saveByRename("m-1.safetensors", safetensors(all.filter((entry) => !isHead(entry))));
  saveByRename("m-2.safetensors", safetensors(all.filter(isHead)));
  const weightMap = Object.fromEntries(
    all.map((entry) => [entry[0], isHead(entry) ? "m-2.safetensors" : "m-1.safetensors"]),
  );
  if (withIndex) saveByRename("m.safetensors.index.json", JSON.stringify({ weight_map: weightMap }));
  return hashOf(at("m.safetensors.index.json"));
}

/** A TF.js layers model with the head alone; its model.json is always the same. */
function saveTfjs(): Promise<string> {
  const all = tensors(variant());
  const { shape: [classes = 0, size = 0] = [], data } = all.get("fc.weight") ?? {};
  const kernel = Buffer.alloc(classes * size * 4);
  for (let k = 0; k < classes; k += 1) {
    for (let i = 0; i < size; i += 1)
      data?.copy(kernel, (i * classes + k) * 4, (k * size + i) * 4, (k * size + i + 1) * 4);
  }
  const step = Buffer.alloc(4);
  writeFileSync(at("w1.bin"), Buffer.concat([kernel, all.get("fc.bias")?.data ?? Buffer.alloc(0), step]));
  const dense = { name: "fc", units: classes, activation: "softmax", batch_input_shape: [null, size] };
  const config = { name: "s", layers: [{ class_name: "Dense", config: dense }] };
  const weights = [
    { name: "fc/kernel", shape: [size, classes], dtype: "float32" },
    { name: "fc/bias", shape: [classes], dtype: "float32" },
    { name: "step", shape: [1], dtype: "int32" },
  ];
  writeFileSync(
    at("model.json"),
    JSON.stringify({
      format: "layers-model",
      modelTopology: { class_name: "Sequential", config },
      weightsManifest: [{ paths: ["w1.bin"], weights }],
    }),
  );
  return hashOf(at("model.json"));
}

describe("a checkpoint of several files", () => {
  it("in safetensors is tuned at every save, with its index and without", async () => {
    start({ checkpoints: ["checkpoints/*.index.json"] });
    await saveShards({ withIndex: true });
    await watch();
    const saved: string[] = [];
    for (const withIndex of [true, false, false]) {
      saved.push(await saveShards({ withIndex }));
      expect(await untilTuned(saved.length)).toEqual(saved);
    }
  });

  it("of TF.js is tuned at every save, though its model.json is always the same", async () => {
    start({ checkpoints: ["checkpoints/model.json"], head: undefined });
    await saveTfjs();
    await watch();
    const saved: string[] = [];
    for (let i = 1; i <= 2; i += 1) {
      saved.push(await saveTfjs());
      expect(await untilTuned(i)).toEqual(saved);
    }
  });

  it("is tuned once when its shards follow the index", async () => {
    start({ checkpoints: ["checkpoints/*.index.json"] });
    await saveShards({ withIndex: true });
    const index = readFileSync(at("m.safetensors.index.json"));
    for (const name of ["m-1.safetensors", "m-2.safetensors", "m.safetensors.index.json"]) rmSync(at(name));
    await watch();
    writeFileSync(at("m.safetensors.index.json"), index);
    await sleep(1500);
    const saved = await saveShards({ withIndex: false });
    expect(await untilTuned(1)).toEqual([saved]);
  });
});

describe("a file that is written in place", () => {
  it("at its full size, with a pause, is tuned when it is whole and not before", async () => {
    start();
    await watch();
    const bytes = variant();
    const file = openSync(at("epoch-11.safetensors"), "w");
    ftruncateSync(file, bytes.length);
    writeSync(file, bytes, 0, 4096, 0);
    await sleep(2000);
    writeSync(file, bytes, 4096, bytes.length - 4096, 4096);
    closeSync(file);
    expect(await untilTuned(1)).toEqual([await hashOf(at("epoch-11.safetensors"))]);
    expect(runs()).toHaveLength(1);
  });

  it("over another of the same size, with a pause in the middle, is tuned when it is whole and not before", async () => {
    start();
    await watch();
    const bytes = variant();
    const file = openSync(at("epoch-10.safetensors"), "r+");
    writeSync(file, bytes, 0, 100_000, 0);
    await sleep(2000);
    writeSync(file, bytes, 100_000, bytes.length - 100_000, 100_000);
    closeSync(file);
    expect(await untilTuned(1)).toEqual([await hashOf(at("epoch-10.safetensors"))]);
    expect(runs()).toHaveLength(1);
  });

  it("and whose time is set back is tuned", async () => {
    start();
    await watch();
    const { atime, mtime } = statSync(at("epoch-10.safetensors"));
    writeFileSync(at("epoch-10.safetensors"), variant());
    utimesSync(at("epoch-10.safetensors"), atime, mtime);
    expect(await untilTuned(1)).toEqual([await hashOf(at("epoch-10.safetensors"))]);
  });
});

it("takes up what it was at when it was killed, and what was saved while it was down", async () => {
  start({ "tuning.steps": 400_000, "tuning.cycle": undefined });
  const first = await watch();
  writeFileSync(at("epoch-11.safetensors"), variant());
  await expect.poll(() => runs().map(({ state }) => state), { timeout: 20_000 }).toEqual(["running"]);
  await expect.poll(() => runs()[0]?.checkpointHash, { timeout: 20_000 }).not.toBe("");
  first.kill("SIGKILL");
  await new Promise((resolve) => first.once("close", resolve));
  writeFileSync(at("epoch-12.safetensors"), variant());
  // At rest when watching begins: what was written a moment before is found a moment later, and not first.
  await sleep(2000);
  const text = readFileSync(workspace.configuration, "utf8");
  writeFileSync(workspace.configuration, editText(text, [{ path: ["tuning", "steps"], value: 1 }]));

  await watch();
  const hashes = [await hashOf(at("epoch-12.safetensors")), await hashOf(at("epoch-11.safetensors"))];
  expect(await untilTuned(2)).toEqual(hashes);
  writeFileSync(at("epoch-11.safetensors"), readFileSync(at("epoch-11.safetensors")));
  expect(await untilTuned(2)).toEqual(hashes);
  expect(existsSync(at("epoch-10.safetensors"))).toBe(true);
});

it("says of a save with another body that its features are not there, and goes on with the next that has them", async () => {
  start();
  await watch();
  const [first, other, next] = [variant(), variant("body"), variant()];
  saveByRename("epoch-11.safetensors", first);
  const hashes = [await hashOf(at("epoch-11.safetensors"))];
  expect(await untilTuned(1)).toEqual(hashes);
  saveByRename("epoch-12.safetensors", other);
  await expect
    .poll(() => said, { timeout: 30_000 })
    .toMatch(/epoch-12.safetensors is not tuned by itself: its body/);
  saveByRename("epoch-13.safetensors", next);
  hashes.push(await hashOf(at("epoch-13.safetensors")));
  expect(await untilTuned(2)).toEqual(hashes);
  expect(runs()).toHaveLength(2);
});
