/** The two backends that run everywhere: WebAssembly, and plain JavaScript. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { tensors } from "../../selmix/tensors/tensors.ts";
import { type Backend, BackendError } from "./backend.ts";

const binary = "tfjs-backend-wasm-simd.wasm";

/** The .wasm files lie beside the bundle; in development in the package. */
function wasmFolder(): string {
  const beside = path.dirname(fileURLToPath(import.meta.url));
  if (existsSync(path.join(beside, binary))) return beside;
  return path.dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
}

/** "AMD EPYC 7763" and the like, without the padding some systems report. */
export function processorName(): string {
  return os.cpus()[0]?.model.replace(/\s+/g, " ").trim() || `${os.arch()} processor`;
}

export const wasm: Backend = {
  name: "wasm",
  isTensors: true,
  async load() {
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(`${wasmFolder()}${path.sep}`);
    if (!(await tf.setBackend("wasm"))) {
      throw new BackendError(
        `WebAssembly did not start; its files should lie in ${wasmFolder()}: reinstall.`,
      );
    }
    return { device: processorName(), compute: tensors };
  },
};

export const cpu: Backend = {
  name: "cpu",
  isTensors: true,
  async load() {
    await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return { device: processorName(), compute: tensors };
  },
};
