/** The processor through onnxruntime, all cores of it: what every machine has that onnxruntime-node carries a library for. */
import { createRequire } from "node:module";
import type { Compute } from "../../../selmix/validation/evaluator.ts";
import { type Backend, BackendError, type Places } from "../backend.ts";
import { findPackage, nativePackages } from "../packages.ts";
import { processorName } from "../portable.ts";
import { explain } from "../problems.ts";
import { NativeSet } from "./featureSet.ts";
import { nativeGains } from "./gains.ts";
import { Runtime } from "./runtime.ts";
import { threadsOf } from "./threads.ts";
import { NativeTrainer } from "./trainer.ts";

type Library = typeof import("onnxruntime-node");

/** Loads onnxruntime. Throws `BackendError` where it is not there, or not for this machine. */
export function libraryOf(places: Places): Library {
  const { name } = nativePackages.native;
  const found = findPackage(name, places);
  if (found === null) {
    throw new BackendError(`${name} is not installed: \`selmix backends --install native\` installs it.`);
  }
  try {
    const library: Library = createRequire(import.meta.url)(found.folder);
    return library;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BackendError(explain(`${name} in ${found.folder} did not load`, message));
  }
}

export function nativeCompute(runtime: Runtime): Compute {
  return {
    features: (rows) => new NativeSet(runtime, rows),
    gains: (prototypes, labels, head) => nativeGains(runtime, prototypes, labels, head),
    trainer: (head, batchSize) => new NativeTrainer(runtime, head, batchSize),
  };
}

export const native: Backend = {
  name: "native",
  isTensors: false,
  async load(places) {
    const threads = threadsOf(places);
    const runtime = new Runtime(libraryOf(places), threads);
    const device = `${processorName()}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
    return { device, compute: nativeCompute(runtime) };
  },
};
