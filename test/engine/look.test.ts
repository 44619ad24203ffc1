/** A closer look at a checkpoint: statistics of tensors, and the classes of the head. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { exampleWorkspace } from "../support/example.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-look-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const context = {
  ...{ progress: () => undefined, cycle: () => undefined, program: () => undefined },
  signal: new AbortController().signal,
};
const written = (tensors: Parameters<typeof makeSafetensors>[0]) => {
  const file = path.join(folder, "model.safetensors");
  writeFileSync(file, makeSafetensors(tensors));
  return file;
};
/** A file of one tensor, whatever its numbers are. */
function floats(name: string, values: Float32Array): string {
  const entry = { dtype: "F32", shape: [values.length], data_offsets: [0, values.byteLength] };
  const header = Buffer.from(JSON.stringify({ [name]: entry }));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  const file = path.join(folder, "floats.safetensors");
  writeFileSync(file, Buffer.concat([size, header, Buffer.from(values.buffer)]));
  return file;
}
const tensor = (checkpoint: string, name: string) =>
  runJob<"tensor">({ kind: "tensor", checkpoint, configurationPath: null, tensor: name }, context);

describe("a tensor", () => {
  it.each(["F32", "F16", "F64"])("has the mean and deviation that its numbers (%s) have", async (dtype) => {
    const values = [0, -1.5, 2.25, 0, 8, -0.125];
    const told = await tensor(written({ "a.weight": { dtype, shape: [2, 3], values } }), "a.weight");
    const mean = values.reduce((sum, one) => sum + one, 0) / 6;
    const deviation = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 6);
    expect(told).toEqual({
      ...{ tensor: "a.weight", total: 6, seen: 6, spread: false, notFinite: 0, zeros: 2, low: -1.5, high: 8 },
      mean: expect.closeTo(mean, 10),
      deviation: expect.closeTo(deviation, 10),
    });
  });

  it("counts what is not finite, and has no mean of nothing", async () => {
    const file = floats("a", Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY));
    const told = await tensor(file, "a");
    expect(told).toMatchObject({ seen: 2, notFinite: 2, zeros: 0, mean: null, deviation: null, low: null });
  });

  it("is looked at whole up to four million numbers, and beyond that from end to end", async () => {
    const sawtooth = (count: number) => Float32Array.from({ length: count }, (_, at) => at % 7);
    const whole = sawtooth(2 ** 22);
    whole[2 ** 21] = 1e3;
    expect(await tensor(floats("big", whole), "big")).toMatchObject({
      seen: 2 ** 22,
      spread: false,
      high: 1e3,
    });
    const count = 2 ** 24 + 1000;
    const long = sawtooth(count);
    // At both ends something else than between them.
    [long[0], long[count - 1]] = [-50, 70];
    const told = await tensor(floats("big", long), "big");
    expect(told).toMatchObject({ total: count, seen: 2 ** 22, spread: true, low: -50, high: 70 });
    expect(told.mean).toBeCloseTo(3, 3);
    expect(told.deviation).toBeCloseTo(2, 2);
  });

  it("has each of its parts looked at: no stretch longer than a sixtieth is missed", async () => {
    const count = 2 ** 23;
    for (const at of [0.2, 0.5, 0.81]) {
      const values = new Float32Array(count);
      values.fill(9, Math.floor(at * count), Math.floor((at + 1 / 60) * count));
      expect((await tensor(floats("big", values), "big")).high).toBe(9);
    }
  });

  it("is refused in a sentence where it is gone, or holds no floats", async () => {
    const file = written({ steps: { dtype: "I64", shape: [1], values: [3] } });
    await expect(tensor(file, "other")).rejects.toThrow(/has no tensor other any more/);
    await expect(tensor(file, "steps")).rejects.toThrow(/steps holds I64/);
  });
});

describe("the classes of the head", () => {
  it("have the norms of their rows, their biases, and their training samples", async () => {
    const { checkpoint, configuration, folder: workspace } = exampleWorkspace();
    try {
      const request = { kind: "headRows", checkpoint, configurationPath: configuration } as const;
      const { rows } = await runJob<"headRows">(request, context);
      const opened = await openCheckpoint(checkpoint);
      const [weight, bias] = [await opened.read("fc.weight"), await opened.read("fc.bias")];
      await opened.close();
      const size = weight.length / rows.length;
      expect(rows.map(({ class: name, samples }) => [name, samples])).toEqual([
        ...[
          ["t-shirt", 5000],
          ["trouser", 2997],
          ["pullover", 1797],
          ["dress", 1077],
          ["coat", 646],
        ],
        ...[
          ["sandal", 387],
          ["shirt", 232],
          ["sneaker", 139],
          ["bag", 83],
          ["ankle boot", 50],
        ],
      ]);
      for (const [label, row] of rows.entries()) {
        const own = Array.from(weight.subarray(label * size, (label + 1) * size));
        expect(row.norm).toBeCloseTo(Math.hypot(...own), 5);
        expect(row.bias).toBe(bias[label]);
      }
    } finally {
      rmSync(workspace, { recursive: true, force: true });
    }
  });

  it("have no samples without a table, and the sentence of the search where no head is found", async () => {
    const plain = written({
      "head.weight": { dtype: "F32", shape: [2, 3], values: [3, 4, 0, 0, 0, 2] },
      "head.bias": { dtype: "F32", shape: [2], values: [1, -1] },
    });
    const request = (checkpoint: string) =>
      ({ kind: "headRows", checkpoint, configurationPath: null }) as const;
    const { rows } = await runJob<"headRows">(request(plain), context);
    expect(rows).toEqual([
      { class: "class 0", norm: 5, bias: 1, samples: null },
      { class: "class 1", norm: 2, bias: -1, samples: null },
    ]);
    const none = written({ a: { dtype: "F32", shape: [4], values: [1, 2, 3, 4] } });
    await expect(runJob<"headRows">(request(none), context)).rejects.toThrow(/\S+ \S+/);
  });
});
