import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, it } from "vitest";
import {
  BackendError,
  chooseBackend,
  type JobSize,
  listBackends,
} from "../../../src/engine/backends/index.ts";
import { installFolder } from "../../../src/engine/backends/packages.ts";

const large: JobSize = { classes: 1000, size: 2048, batch: 256, buckets: 1000, steps: 2000 };
const small: JobSize = { classes: 10, size: 64, batch: 64, buckets: 10, steps: 2000 };
/** Trying backends measures them: a busy machine needs patience. */
const patience = { timeout: 300_000 };
let storage: string;

beforeEach(() => {
  storage = mkdtempSync(path.join(os.tmpdir(), "selmix-backends-"));
});

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
    expect(await chooseBackend({ storage, job: small })).toMatchObject({ name: "wasm" });
    expect(tf.getBackend()).toBe("wasm");
    expect(tries()).toBe(0);
  });

  it("names the backends there are when asked for another", async () => {
    await expect(chooseBackend({ storage, forced: "metal" })).rejects.toThrow(
      'There is no backend "metal": choose one of tensorflow-gpu, webgpu, tensorflow, wasm, cpu.',
    );
  });

  it("says how to install a forced backend that is missing", async () => {
    await expect(chooseBackend({ storage, forced: "tensorflow-gpu" })).rejects.toThrow(
      /tfjs-node-gpu is not installed; `selmix backends --install tensorflow-gpu`/,
    );
  });

  it("survives a library that kills its process, says so, and remembers it", patience, async () => {
    install("@tensorflow/tfjs-node", `${countTry()} process.kill(process.pid, "SIGSEGV");`);
    const chosen = await chooseBackend({ storage, job: large });
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

describe("listing the backends", () => {
  it("lists all in order, each with a device or a reason", patience, async () => {
    const listed = await listBackends({ storage });
    expect(listed.map(({ name }) => name)).toEqual(["tensorflow-gpu", "webgpu", "tensorflow", "wasm", "cpu"]);
    for (const { available, device, why } of listed) {
      expect(available).toBe(device !== null);
      expect(why).not.toBe("");
    }
    expect(listed.filter(({ available }) => available).map(({ name }) => name)).toContain("wasm");
  });
});
