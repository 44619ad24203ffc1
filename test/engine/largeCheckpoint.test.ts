/** A checkpoint of 10 GB as the editor opens it: few bytes of it are read, however long its tensors are. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runJob } from "../../src/engine/process/jobs.ts";
import type { JobKind, JobResult } from "../../src/protocol/engine.ts";

const counted = vi.hoisted(() => ({ bytes: 0 }));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const readSync = (
    descriptor: number,
    target: NodeJS.ArrayBufferView,
    offset: number,
    length: number,
    position: number | null,
  ) => {
    const read = fs.readSync(descriptor, target, offset, length, position);
    counted.bytes += read;
    return read;
  };
  return { ...fs, default: fs, readSync };
});

let file = "";
let restore: () => void;
/** A layer has 306 million numbers, and the file eight of them. */
const wide = 17_500;
const head = { classes: 1000, size: 2048 };

beforeAll(async () => {
  file = path.join(mkdtempSync(path.join(os.tmpdir(), "selmix-large-")), "model.safetensors");
  let end = 0;
  const entry = (...shape: number[]) => {
    const start = end;
    end += 4 * shape.reduce((all, one) => all * one, 1);
    return { dtype: "F32", shape, data_offsets: [start, end] };
  };
  const layers = Array.from({ length: 8 }, (_, layer) => [`layers.${layer}.weight`, entry(wide, wide)]);
  const header = Buffer.from(
    JSON.stringify({
      ...Object.fromEntries(layers),
      "head.weight": entry(head.classes, head.size),
      "head.bias": entry(head.classes),
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const descriptor = openSync(file, "w");
  writeSync(descriptor, length);
  writeSync(descriptor, header);
  // No number is written: the file takes next to no room.
  ftruncateSync(descriptor, 8 + header.length + end);
  closeSync(descriptor);
  const handle = await open(file);
  const prototype: typeof handle = Object.getPrototypeOf(handle);
  await handle.close();
  const { read } = prototype;
  const spy = vi.spyOn(prototype, "read").mockImplementation(async function (this: typeof handle, ...args) {
    const done = await read.apply(this, args as unknown as Parameters<typeof read>);
    counted.bytes += done.bytesRead;
    return done;
  });
  restore = () => spy.mockRestore();
});
afterAll(() => {
  restore();
  rmSync(path.dirname(file), { recursive: true, force: true });
});

async function bytesOf<Kind extends JobKind>(
  request: Parameters<typeof runJob<Kind>>[0],
): Promise<[JobResult<Kind>, number]> {
  counted.bytes = 0;
  const result = await runJob<Kind>(request, {
    ...{ progress: () => undefined, cycle: () => undefined, program: () => undefined },
    signal: new AbortController().signal,
  });
  return [result, counted.bytes];
}

describe("of 10 GB are read", () => {
  const about = () => ({ checkpoint: file, configurationPath: null });

  it("to list its tensors and find the head, the header alone", async () => {
    expect(statSync(file).size).toBeGreaterThan(9.8e9);
    const [inspected, bytes] = await bytesOf<"inspect">({ kind: "inspect", ...about() });
    expect(inspected.tensors).toHaveLength(10);
    expect(inspected.head).toMatchObject({ weight: "head.weight", classes: head.classes });
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(200_000);
  });

  it("for the classes of the head, the head alone", async () => {
    const [{ rows }, bytes] = await bytesOf<"headRows">({ kind: "headRows", ...about() });
    expect(rows).toHaveLength(head.classes);
    const own = 4 * head.classes * (head.size + 1);
    expect(bytes).toBeGreaterThanOrEqual(own);
    expect(bytes).toBeLessThan(own + 300_000);
  });

  it("for what a layer's numbers are like, four million of them", async () => {
    const [told, bytes] = await bytesOf<"tensor">({
      ...{ kind: "tensor", ...about() },
      tensor: "layers.3.weight",
    });
    expect(told).toMatchObject({ total: wide * wide, seen: 2 ** 22, spread: true });
    expect(bytes).toBeGreaterThanOrEqual(4 * 2 ** 22);
    expect(bytes).toBeLessThan(4 * 2 ** 22 + 300_000);
  });
});
