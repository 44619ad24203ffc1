/** Any GPU with a driver, through Dawn (npm `webgpu`): no CUDA, no downloads beyond the package itself. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { tensors } from "../../selmix/tensors/tensors.ts";
import { type Backend, BackendError } from "./backend.ts";
import { findPackage } from "./packages.ts";
import { explain } from "./problems.ts";

/** Kept for the life of the process: Dawn can crash when its instance is freed. */
let instance: GPU | null = null;
let lost: Promise<never> | null = null;
let gone: BackendError | null = null;

/** Makes Dawn answer as `navigator.gpu`, which is where tfjs looks for it. */
async function startDawn(folder: string): Promise<GPU> {
  const dawn: typeof import("webgpu") = await import(pathToFileURL(path.join(folder, "index.js")).href);
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create([]);
  if (globalThis.navigator === undefined) {
    Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  }
  Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
  return gpu;
}

/** "nvidia-h200 (NVIDIA: 550.54.15)"; some drivers give a hexadecimal id for the device, which says nothing. */
function adapterName({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  const id = device.replace(/-+$/, "");
  const known = /^(0x)?[0-9a-f]*$/i.test(id) ? [vendor, architecture].filter(Boolean).join(" ") : id;
  return [known, description && `(${description})`].filter(Boolean).join(" ") || "unnamed GPU";
}

/** A software adapter computes on the processor, slower than WebAssembly does. */
export function isSoftware(device: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|basic render|\bcpu\b/i.test(device);
}

export const webgpu: Backend = {
  name: "webgpu",
  isTensors: true,
  async load(places) {
    if (gone !== null) throw gone;
    const found = findPackage("webgpu", places);
    if (!found) {
      throw new BackendError(
        "The webgpu package is not installed: `selmix backends --install webgpu` installs it.",
      );
    }
    let adapter: GPUAdapter | null;
    try {
      instance ??= await startDawn(found.folder);
      adapter = await instance.requestAdapter({ powerPreference: "high-performance" });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new BackendError(explain(`webgpu in ${found.folder} did not load`, message));
    }
    if (!adapter) {
      throw new BackendError(
        "WebGPU finds no graphics adapter: install the GPU's driver (with Vulkan on Linux).",
      );
    }
    const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
    if (!(await tf.setBackend("webgpu"))) {
      throw new BackendError("WebGPU found an adapter but could not open it: update the GPU's driver.");
    }
    const device = adapterName(adapter.info);
    const backend = tf.backend();
    if (backend instanceof WebGPUBackend) {
      lost = backend.device.lost.then(({ message }) => {
        const reason = message ? ` (${message.split("\n")[0].replace(/\.$/, "")})` : "";
        gone = new BackendError(
          `The GPU (${device}) was lost in the middle of the work${reason}: restart the engine, or choose the wasm backend.`,
        );
        throw gone;
      });
      lost.catch(() => {});
    }
    return { device, compute: tensors };
  },
};

/**
 * Waits for work on the current backend, and fails with one sentence as soon as its GPU goes away: reads from a lost
 * device may otherwise never come back.
 */
export function whileDeviceLives<T>(work: Promise<T>): Promise<T> {
  return lost !== null && tf.getBackend() === "webgpu" ? Promise.race([work, lost]) : work;
}

/** Whether this process holds Dawn, which keeps it from ending by itself: end it with `process.exit`. */
export function holdsDawn(): boolean {
  return instance !== null;
}
