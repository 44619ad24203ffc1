/** Features belong to a checkpoint's body: what is refused, what is warned about, and what is not tuned by itself. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StaleFeaturesError } from "../../src/engine/errors.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { encodeFloats } from "../../src/files/numbers.ts";
import { listRunFolders, readRunRecord } from "../../src/project/readRuns.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeSafetensors, type TensorToWrite } from "../files/makeSafetensors.ts";
import { makeZip } from "../files/makeZip.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-origin-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bodies = { first: [1, 2, 3], second: [1, 2, 4] };
type Body = keyof typeof bodies;

/** The definition of docs/files.md, by hand: one tensor "body" of three numbers. */
function hashOf(body: Body): string {
  const numbers = createHash("sha256")
    .update(encodeFloats("F32", Float32Array.from(bodies[body])))
    .digest();
  return createHash("sha256").update("body\0F32\x003\0").update(numbers).digest("hex");
}

function saveCheckpoint(name: string, body: Body | null, scale = 1): string {
  const head = { dtype: "F32", shape: [2, 2], values: [-scale, 0, scale, 0] };
  const tensors: Record<string, TensorToWrite> = {
    ...(body && { body: { dtype: "F32", shape: [3], values: bodies[body] } }),
    "fc.weight": head,
    "fc.bias": { dtype: "F32", shape: [2], values: [0.5, 0] },
  };
  const file = path.join(folder, name);
  writeFileSync(file, makeSafetensors(tensors));
  return file;
}

const counts = { train: 240, validation: 120, test: 120 };
type Role = keyof typeof counts;

/** Two classes that the first number tells apart. */
function numbersOf(role: Role, seed: number): { labels: number[]; features: number[] } {
  const random = new Random(100 * seed + role.length);
  const labels = Array.from({ length: counts[role] }, () => random.integer(2));
  return {
    labels,
    features: labels.flatMap((label) => [2 * label - 1 + random.uniform(), random.uniform()]),
  };
}

function withMetadata(bytes: Uint8Array, metadata: object): Uint8Array {
  const whole = Buffer.from(bytes);
  const length = Number(whole.readBigUInt64LE());
  const header = JSON.parse(whole.toString("utf8", 8, 8 + length));
  return makeSafetensors(
    {},
    JSON.stringify({ ...header, __metadata__: metadata }),
    whole.subarray(8 + length),
  );
}

/** NumPy's letters, four bytes each. */
function utf32(text: string): Uint8Array {
  return new Uint8Array(Uint32Array.from(text, (letter) => letter.codePointAt(0) ?? 0).buffer);
}

function saveTables(stamp: string | null, seed = 1, ending: "safetensors" | "npz" = "safetensors"): void {
  for (const role of ["train", "validation", "test"] as const) {
    const { labels, features } = numbersOf(role, seed);
    const shape = [labels.length, 2];
    const file = path.join(folder, `${role}.${ending}`);
    if (ending === "npz") {
      const members = {
        "features.npy": makeNpy("<f4", shape, encodeFloats("F32", Float32Array.from(features))),
        "labels.npy": makeNpy("<i4", [labels.length], new Uint8Array(Int32Array.from(labels).buffer)),
        ...(stamp !== null && {
          "selmix.bodyHash.npy": makeNpy("<U64", [], utf32(stamp)),
        }),
      };
      writeFileSync(file, makeZip(Object.entries(members).map(([name, bytes]) => ({ name, bytes }))));
      continue;
    }
    const table = makeSafetensors({
      features: { dtype: "F32", shape, values: features },
      labels: { dtype: "I64", shape: [labels.length], values: labels },
    });
    writeFileSync(file, stamp === null ? table : withMetadata(table, { "selmix.bodyHash": stamp }));
  }
}

function configure(ending = "safetensors", more: object = {}): string {
  const configurationPath = path.join(folder, "selmix.json");
  const features = Object.fromEntries(Object.keys(counts).map((role) => [role, `${role}.${ending}`]));
  const tuning = { steps: 20, controls: "none" };
  writeFileSync(
    configurationPath,
    JSON.stringify({ checkpoints: ["*.safetensors"], features: { ...features, ...more }, tuning }),
  );
  return configurationPath;
}

const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

function tune(configurationPath: string, checkpoint: string, trigger: "user" | "save" = "user") {
  const request = { configurationPath, checkpoint, backend: "cpu", trigger };
  return runJob<"tune">({ kind: "tune", request }, context);
}

const evaluate = (configurationPath: string, checkpoint: string) =>
  runJob<"evaluate">({ kind: "evaluate", configurationPath, checkpoint, backend: "cpu" }, context);

const aboutBodies = (warnings: readonly string[]) => warnings.filter((one) => /body/.test(one));
const runs = () => listRunFolders(folder).map(readRunRecord);

describe.each(["safetensors", "npz"] as const)(
  "tables in %s that say which body they were made with",
  (ending) => {
    it("serve every head of that body, and are refused for another", async () => {
      saveTables(hashOf("first"), 1, ending);
      const configuration = configure(ending);
      for (const scale of [1, 2, 3]) {
        const head = saveCheckpoint(`head${scale}.safetensors`, "first", scale);
        expect(aboutBodies((await tune(configuration, head, "save")).warnings)).toEqual([]);
      }
      const other = saveCheckpoint("other.safetensors", "second");
      const refusal = new RegExp(
        `train.${ending} was made from another checkpoint's body .*export the features again`,
      );
      await expect(tune(configuration, other)).rejects.toThrow(refusal);
      await expect(evaluate(configuration, other)).rejects.toThrow(refusal);
    });
  },
);

it("one table of another body among three is found", async () => {
  saveTables(hashOf("first"));
  const { labels, features } = numbersOf("test", 1);
  const test = makeSafetensors({
    features: { dtype: "F32", shape: [labels.length, 2], values: features },
    labels: { dtype: "I64", shape: [labels.length], values: labels },
  });
  writeFileSync(
    path.join(folder, "test.safetensors"),
    withMetadata(test, { "selmix.bodyHash": hashOf("second").toUpperCase() }),
  );
  const checkpoint = saveCheckpoint("a.safetensors", "first");
  await expect(evaluate(configure(), checkpoint)).rejects.toThrow(/test.safetensors was made from another/);
});

it("a body hash that is none is refused", async () => {
  saveTables("abc");
  await expect(evaluate(configure(), saveCheckpoint("a.safetensors", "first"))).rejects.toThrow(
    /selmix.bodyHash that is no SHA-256/,
  );
});

it("a head alone has no body to compare: that is said", async () => {
  saveTables(hashOf("first"));
  const { warnings } = await tune(configure(), saveCheckpoint("a.safetensors", null));
  expect(aboutBodies(warnings)).toEqual([expect.stringMatching(/no body that can be compared/)]);
});

describe("tables that do not say it", () => {
  it("are warned about when an earlier run used them with another body, and not before", async () => {
    saveTables(null);
    const configuration = configure();
    const first = await tune(configuration, saveCheckpoint("a.safetensors", "first"));
    expect(aboutBodies(first.warnings)).toEqual([]);
    expect(
      aboutBodies((await tune(configuration, saveCheckpoint("b.safetensors", "first", 2))).warnings),
    ).toEqual([]);
    const other = saveCheckpoint("c.safetensors", "second");
    const warned = [expect.stringMatching(/do not say which checkpoint .*whose body is another/)];
    expect(aboutBodies((await tune(configuration, other)).warnings)).toEqual(warned);
    // Once more is no less stale.
    expect(aboutBodies((await tune(configuration, other)).warnings)).toEqual(warned);
    saveTables(null, 7);
    expect(aboutBodies((await tune(configuration, other)).warnings)).toEqual([]);
  });

  it("are warned about where the checkpoint was saved later, until a run with them has been seen", async () => {
    saveTables(null);
    const checkpoint = saveCheckpoint("a.safetensors", "first");
    const saved = (minutes: number) => {
      const at = Date.now() / 1000 + 60 * minutes;
      utimesSync(checkpoint, at, at);
    };
    // As they lie after a copy of the folder, in any order.
    for (const minutes of [-500, 0.5]) {
      saved(minutes);
      expect(aboutBodies((await tune(configure(), checkpoint)).warnings)).toEqual([]);
      for (const run of listRunFolders(folder)) rmSync(run, { recursive: true });
    }
    saved(180);
    const warned = [
      expect.stringMatching(/a\.safetensors was saved 3 h after they were written: export them again/),
    ];
    expect(aboutBodies((await tune(configure(), checkpoint)).warnings)).toEqual(warned);
    expect(aboutBodies((await tune(configure(), checkpoint)).warnings)).toEqual([]);
    saveTables(hashOf("first"));
    for (const run of listRunFolders(folder)) rmSync(run, { recursive: true });
    expect(aboutBodies((await tune(configure(), checkpoint)).warnings)).toEqual([]);
  });

  it("are written down with the body by every run, and known again after a copy", async () => {
    saveTables(null);
    await tune(configure(), saveCheckpoint("a.safetensors", "first"));
    const [run] = runs();
    expect(run?.bodyHash).toBe(hashOf("first"));
    expect(Object.keys(run?.tables ?? {}).sort()).toEqual(["test", "train", "validation"]);
    saveTables(null);
    const { warnings } = await tune(configure(), saveCheckpoint("b.safetensors", "second"));
    expect(aboutBodies(warnings)).toHaveLength(1);
  });
});

describe("a checkpoint that was saved", () => {
  it("is not tuned on features last used with another body, and leaves no run; whoever asks is served", async () => {
    saveTables(null);
    const configuration = configure();
    await tune(configuration, saveCheckpoint("a.safetensors", "first"), "save");
    await tune(configuration, saveCheckpoint("b.safetensors", "first", 2), "save");
    const other = saveCheckpoint("c.safetensors", "second");
    await expect(tune(configuration, other, "save")).rejects.toThrow(StaleFeaturesError);
    await expect(tune(configuration, other, "save")).rejects.toThrow(/c.safetensors is not tuned by itself/);
    expect(runs()).toHaveLength(2);
    await tune(configuration, other, "user");
    expect(runs()).toHaveLength(3);
    // The user has decided: the same body under another head goes on.
    await tune(configuration, saveCheckpoint("d.safetensors", "second", 2), "save");
    expect(runs()).toHaveLength(4);
  });

  it("is not tuned on features that were made with another body", async () => {
    saveTables(hashOf("first"));
    const other = saveCheckpoint("c.safetensors", "second");
    await expect(tune(configure(), other, "save")).rejects.toThrow(StaleFeaturesError);
    expect(runs()).toHaveLength(0);
  });
});

it("arrays that are not read are named, once for all tables", async () => {
  saveTables(null);
  for (const role of ["train", "validation"] as const) {
    const { labels, features } = numbersOf(role, 1);
    const each = { dtype: "F32", shape: [labels.length], values: labels.map(() => 1) };
    const table = makeSafetensors({
      features: { dtype: "F32", shape: [labels.length, 2], values: features },
      labels: { dtype: "I64", shape: [labels.length], values: labels },
      probabilities: each,
      scores: each,
    });
    writeFileSync(path.join(folder, `${role}.safetensors`), table);
  }
  const { warnings } = await tune(configure(), saveCheckpoint("a.safetensors", "first"));
  const named = warnings.filter((one) => one.startsWith("Not used"));
  expect(named).toHaveLength(1);
  expect(named[0]).toMatch(
    /: probabilities, scores in .*train.safetensors, .*validation.safetensors; "columns"/,
  );
  expect(named[0]).not.toMatch(/test/);
});
