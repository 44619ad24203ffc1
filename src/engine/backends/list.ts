/** The one list of backends. Their order of preference is that of `backendNames`. */
import * as tf from "@tensorflow/tfjs-core";
import type { Backend, BackendName } from "./backend.ts";
import { native } from "./native/native.ts";
import { cpu, wasm } from "./portable.ts";
import { tensorflow, tensorflowGpu } from "./tensorflow.ts";
import { webgpu } from "./webgpu.ts";

// Otherwise tfjs advertises tfjs-node, and warns of every kernel that two copies of it both register.
tf.enableProdMode();

const backends: Record<BackendName, Backend> = {
  "tensorflow-gpu": tensorflowGpu,
  webgpu,
  native,
  tensorflow,
  wasm,
  cpu,
};

export function backendNamed(name: BackendName): Backend {
  return backends[name];
}
