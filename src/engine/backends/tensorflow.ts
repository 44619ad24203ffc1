/** TensorFlow's own library through tfjs-node: the CPU package, and the CUDA package where a GPU answers. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import util from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { tensors } from "../../selmix/tensors/tensors.ts";
import type { Compute } from "../../selmix/validation/evaluator.ts";
import { type Backend, BackendError, type Places } from "./backend.ts";
import { findPackage, nativePackages } from "./packages.ts";
import { processorName } from "./portable.ts";
import { explain } from "./problems.ts";
import { isTensorFlowBackend } from "./tensorflowBackend.ts";
import { TensorFlowTrainer } from "./tensorflowTrainer.ts";

type TensorFlowName = "tensorflow-gpu" | "tensorflow";

/** Both packages register as tfjs' "tensorflow" backend, so a process can hold only one of them. */
let loaded: TensorFlowName | null = null;

/** Node 23 took these out of `util`; tfjs-node 4.22 calls them on every op (tensorflow/tfjs issues 8425 and 8609). */
function repairUtil(): void {
  const missing = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  };
  for (const [name, value] of Object.entries(missing))
    if (!(name in util)) Object.assign(util, { [name]: value });
}

function requirePackage(name: TensorFlowName, places: Places): void {
  const found = findPackage(nativePackages[name].name, places);
  if (!found) {
    throw new BackendError(
      `${nativePackages[name].name} is not installed: \`selmix backends --install ${name}\` installs it, and a trusted workspace's node_modules are looked at too.`,
    );
  }
  if (found.version !== tf.version_core) {
    throw new BackendError(
      `${nativePackages[name].name} ${found.version} in ${found.folder} cannot work together with tfjs ${tf.version_core}: install version ${tf.version_core}.`,
    );
  }
  repairUtil();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
  try {
    createRequire(import.meta.url)(found.folder);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BackendError(explain(`${nativePackages[name].name} in ${found.folder} did not load`, message));
  }
  useMatMul();
  loaded = name;
}

/**
 * Has plain matrices multiplied by TensorFlow's MatMul. tfjs-node asks for BatchMatMulV2 whatever the rank, which took 1.4 times
 * as long at [128,512] x [512,100] on two cores, and three times as long at [64,128] x [128,10].
 */
function useMatMul(): void {
  const names = { kernelName: "BatchMatMul", backendName: "tensorflow" };
  const batched = tf.getKernel(names.kernelName, names.backendName);
  if (!batched) return;
  tf.unregisterKernel(names.kernelName, names.backendName);
  tf.registerKernel({
    ...batched,
    kernelFunc(call) {
      const { backend, inputs, attrs } = call;
      const { a, b } = inputs;
      const plain = a?.shape.length === 2 && b?.shape.length === 2 && a.dtype === "float32";
      if (!plain || b.dtype !== "float32" || !isTensorFlowBackend(backend)) return batched.kernelFunc(call);
      const { TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
      return backend.executeSingleOutput(
        "MatMul",
        [
          { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT },
          { name: "transpose_a", type: TF_ATTR_BOOL, value: attrs?.transposeA === true },
          { name: "transpose_b", type: TF_ATTR_BOOL, value: attrs?.transposeB === true },
        ],
        [a, b],
      );
    },
  });
}

/** On the processor heads are trained by TensorFlow's own operations; on a GPU tfjs' wait for nothing, so little is to be saved. */
function computeOf(name: TensorFlowName): Compute {
  const backend = tf.findBackend("tensorflow");
  if (name === "tensorflow-gpu" || !isTensorFlowBackend(backend)) return tensors;
  return { ...tensors, trainer: (head, batchSize) => new TensorFlowTrainer(backend, head, batchSize) };
}

/** Whether TensorFlow placed a GPU behind its backend: its CUDA package runs on the CPU without a word when CUDA is missing. */
function usesGpu(): boolean {
  const backend = tf.findBackend("tensorflow");
  return isTensorFlowBackend(backend) && backend.isUsingGpuDevice;
}

/** The first GPU's name by NVIDIA's own tool. */
async function gpuName(): Promise<string> {
  try {
    const { stdout } = await util.promisify(execFile)(
      "nvidia-smi",
      ["--query-gpu=name", "--format=csv,noheader"],
      { timeout: 5000 },
    );
    return stdout.split("\n")[0].trim() || "NVIDIA GPU";
  } catch {
    return "NVIDIA GPU";
  }
}

function tensorflowBackend(name: TensorFlowName): Backend {
  return {
    name,
    isTensors: true,
    async load(places) {
      if (loaded !== null && loaded !== name) {
        throw new BackendError(
          `This process already holds ${nativePackages[loaded].name}: restart the engine to use ${name}.`,
        );
      }
      if (loaded === null) requirePackage(name, places);
      if (!(await tf.setBackend("tensorflow"))) {
        throw new BackendError(
          `${nativePackages[name].name} loaded, but TensorFlow did not start: remove and install it again.`,
        );
      }
      const compute = computeOf(name);
      if (name === "tensorflow") return { device: processorName(), compute };
      if (!usesGpu()) {
        throw new BackendError(
          "TensorFlow found no usable GPU and runs on the CPU: it needs an NVIDIA GPU with CUDA 11.2 and cuDNN 8.1 (on Linux on LD_LIBRARY_PATH); the webgpu backend needs no CUDA.",
        );
      }
      return { device: await gpuName(), compute };
    },
  };
}

export const tensorflowGpu = tensorflowBackend("tensorflow-gpu");
export const tensorflow = tensorflowBackend("tensorflow");
