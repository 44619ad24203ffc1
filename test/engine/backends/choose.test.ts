import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { BackendName } from "../../../src/engine/backends/backend.ts";
import {
  BackendError,
  chooseBackend,
  chooseBackendFor,
  type JobSize,
  listBackends,
} from "../../../src/engine/backends/index.ts";
import { cycleFlops } from "../../../src/engine/backends/measure.ts";
import { remember, type Trial, trialKey } from "../../../src/engine/backends/memory.ts";
import { threadsOf } from "../../../src/engine/backends/native/threads.ts";
import { installFolder } from "../../../src/engine/backends/packages.ts";

const large: JobSize = { classes: 1000, size: 2048, batch: 256, buckets: 1000, steps: 2000 };
const small: JobSize = { classes: 10, size: 64, batch: 64, buckets: 10, steps: 2000 };
/** Trying backends measures them: a busy machine needs patience. */
const patience = { timeout: 300_000 };
let storage: string;

beforeEach(() => {
  storage = mkdtempSync(path.join(os.tmpdir(), "selmix-backends-"));
  // What is in every checkout is refused at first, so that choices are among the others.
  known("native", { refused: "native was refused before." });
});

/** A trial as if this machine had made it before. */
function known(name: BackendName, trial: Trial, places: { threads?: number } = {}): void {
  const key = trialKey(name, { storage, ...places });
  if (key === null) throw new Error(`${name} is not installed`);
  remember(storage, key, trial);
}

/** A package in our storage that does this when it is loaded. */
function install(name: string, program: string, version = tf.version_core): void {
  const folder = path.join(installFolder(storage, name), "node_modules", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name, version, main: "index.js" }));
  writeFileSync(path.join(folder, "index.js"), program);
}

const tries = () =>
  existsSync(path.join(storage, "tried")) ? readFileSync(path.join(storage, "tried"), "utf8").length : 0;
const countTry = () =>
  `require("node:fs").appendFileSync(${JSON.stringify(path.join(storage, "tried"))}, "x");`;

describe("choosing a backend", () => {
  it("gives a small job to wasm without trying anything native", async () => {
    install("@tensorflow/tfjs-node", countTry());
    expect(await chooseBackend({ storage, job: small })).toMatchObject({ record: { name: "wasm" } });
    expect(tf.getBackend()).toBe("wasm");
    expect(tries()).toBe(0);
  });

  it("names the backends there are when asked for another", async () => {
    await expect(chooseBackend({ storage, forced: "metal" })).rejects.toThrow(
      'There is no backend "metal": choose one of tensorflow-gpu, webgpu, native, tensorflow, wasm, cpu.',
    );
  });

  it("says how to install a forced backend that is missing", async () => {
    await expect(chooseBackend({ storage, forced: "tensorflow-gpu" })).rejects.toThrow(
      /tfjs-node-gpu is not installed; `selmix backends --install tensorflow-gpu`/,
    );
  });

  it("survives a library that kills its process, says so, and remembers it", patience, async () => {
    install("@tensorflow/tfjs-node", `${countTry()} process.kill(process.pid, "SIGSEGV");`);
    const { record: chosen } = await chooseBackend({ storage, job: large });
    expect(chosen).toMatchObject({ name: "wasm" });
    expect(chosen.why).toMatch(/tensorflow crashed while it was tried: SIGSEGV/);
    await chooseBackend({ storage, job: large });
    expect(tries()).toBe(1);
    await listBackends({ storage });
    expect(tries()).toBe(2);
  });

  it(
    "answers a failure of a known kind with its fix, even when only the log names it",
    patience,
    async () => {
      install(
        "@tensorflow/tfjs-node",
        `process.stderr.write("Could not load dynamic library 'libcudart.so.11.0'\\n"); throw new Error("no");`,
      );
      await expect(chooseBackend({ storage, forced: "tensorflow" })).rejects.toThrow(/CUDA 11\.2/);
    },
  );

  it("refuses a package of another version than our tfjs", async () => {
    install("@tensorflow/tfjs-node", countTry(), "3.0.0");
    const wanted = chooseBackend({ storage, forced: "tensorflow" });
    await expect(wanted).rejects.toBeInstanceOf(BackendError);
    await expect(wanted).rejects.toThrow(`install version ${tf.version_core}`);
    expect(tries()).toBe(0);
  });
});

describe("a choice by what was measured", () => {
  const middle: JobSize = { classes: 200, size: 512, batch: 64, buckets: 200, steps: 2000 };

  /** Milliseconds of a cycle of the two sizes, as if this machine had measured them before. */
  function measured(
    name: BackendName,
    loadSeconds: number,
    [atMiddle, atLarge]: [number, number],
    places = {},
  ): void {
    const cycles = [
      { flops: cycleFlops(middle), milliseconds: atMiddle },
      { flops: cycleFlops(large), milliseconds: atLarge },
    ];
    known(name, { device: `a device of ${name}`, loadSeconds, cycles }, places);
  }

  it("takes onnxruntime where it is the fastest, on as many threads as it may use", async () => {
    measured("native", 0.1, [2, 100], { threads: 1 });
    measured("wasm", 0.1, [20, 1000]);
    const chosen = (await chooseBackend({ storage, job: large, threads: 1 })).record;
    expect(chosen).toMatchObject({ name: "native", device: expect.stringMatching(/, 1 thread$/) });
    expect(chosen.why).toMatch(/^fastest for this job by what was measured here: about 20\ss, against wasm/);
    expect((await chooseBackend({ storage, job: large })).record).toMatchObject({ name: "wasm" });
  });

  it("leaves a core to the training that saves", () => {
    const all = os.availableParallelism();
    expect(threadsOf({})).toBe(all);
    expect(threadsOf({ inBackground: true })).toBe(Math.max(1, all - 1));
    expect(threadsOf({ inBackground: true, threads: 3 })).toBe(3);
  });

  it("trains no whole network on what trains heads alone", async () => {
    const attempt = async () => "trained";
    expect((await chooseBackendFor({ storage }, attempt)).backend.record.name).toBe("wasm");
    const forced = chooseBackendFor({ storage, forced: "native" }, attempt);
    await expect(forced).rejects.toThrow("The backend native trains heads, and not a whole network");
  });

  it("takes wasm where a native backend is slower, and says by how much", async () => {
    install("@tensorflow/tfjs-node", countTry());
    measured("tensorflow", 2, [30, 4000]);
    measured("wasm", 0.1, [20, 1000]);
    const { name, why } = (await chooseBackend({ storage, job: large })).record;
    expect(name).toBe("wasm");
    expect(why).toMatch(
      /^fastest for this job by what was measured here: about 3\smin, against tensorflow 13\smin\./,
    );
    expect(tries()).toBe(0);
  });

  it("counts the start: what wins a large job loses a shorter one", async () => {
    install("@tensorflow/tfjs-node", `${countTry()} throw new Error("started");`);
    measured("tensorflow", 8, [10, 100]);
    measured("wasm", 0.1, [20, 1000]);
    expect(await chooseBackend({ storage, job: middle })).toMatchObject({ record: { name: "wasm" } });
    expect(tries()).toBe(0);
    const { name, why } = (await chooseBackend({ storage, job: large })).record;
    expect(tries()).toBe(1);
    expect(name).toBe("wasm");
    expect(why).toMatch(/tfjs-node in .* did not load: started\.$/);
  });

  it("never takes a software device by itself, however fast it seems", async () => {
    install("@tensorflow/tfjs-node", countTry());
    known("tensorflow", {
      device: "SwiftShader",
      loadSeconds: 0,
      cycles: [{ flops: 1, milliseconds: 1e-9 }],
    });
    expect(await chooseBackend({ storage, job: large })).toMatchObject({ record: { name: "wasm" } });
    expect(tries()).toBe(0);
  });

  it.each([
    [
      "a binding for another Node",
      "was compiled against a different Node.js version",
      /another Node version/,
    ],
    ["a library that is missing", "libtensorflow.so.2: cannot open shared object file", /download/],
    ["a package of another system", "tfjs_binding.node: invalid ELF header", /another operating system/],
  ])("goes on with wasm after %s, and names the fix", patience, async (_kind, message, fix) => {
    install("@tensorflow/tfjs-node", `throw new Error(${JSON.stringify(message)});`);
    const { name, why } = (await chooseBackend({ storage, job: large })).record;
    expect(name).toBe("wasm");
    expect(why).toMatch(fix);
  });

  it("says of a GPU package without a GPU that it runs on the CPU", patience, async () => {
    install("@tensorflow/tfjs-node-gpu", registersOnCpu);
    await expect(chooseBackend({ storage, forced: "tensorflow-gpu" })).rejects.toThrow(
      /found no usable GPU and runs on the CPU: .*CUDA 11\.2/,
    );
  });
});

/** What tfjs-node-gpu does where CUDA is missing: it registers its backend, which says that it uses no GPU. */
const registersOnCpu = `
  const core = require(${JSON.stringify(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core"))});
  class OnCpu extends core.KernelBackend { isUsingGpuDevice = false; }
  core.registerBackend("tensorflow", () => new OnCpu());
`;

describe("listing the backends", () => {
  it("lists all in order, each with a device or a reason", patience, async () => {
    const listed = await listBackends({ storage });
    expect(listed.map(({ name }) => name)).toEqual([
      "tensorflow-gpu",
      "webgpu",
      "native",
      "tensorflow",
      "wasm",
      "cpu",
    ]);
    for (const { available, device, why } of listed) {
      expect(available).toBe(device !== null);
      expect(why).not.toBe("");
    }
    expect(listed.filter(({ available }) => available).map(({ name }) => name)).toContain("wasm");
  });
});
