import { describe, expect, it } from "vitest";
import { explain, knownAnswer } from "../../../src/engine/backends/problems.ts";

/** Messages as people reported them, and a word of the fix each must be answered with. */
const recorded: [kind: string, message: string, fix: RegExp][] = [
  [
    "CUDA 11 libraries missing",
    "2024-08-24 15:40:49.279326: W tensorflow/stream_executor/platform/default/dso_loader.cc:64] Could not load dynamic library 'libcudart.so.11.0'; dlerror: libcudart.so.11.0: cannot open shared object file: No such file or directory",
    /CUDA 11\.2.*webgpu/,
  ],
  [
    "cuDNN missing",
    "2024-05-06 00:05:33.767399: W tensorflow/stream_executor/platform/default/dso_loader.cc:64] Could not load dynamic library 'libcudnn.so.8'; dlerror: libcudnn.so.8: cannot open shared object file: No such file or directory",
    /cuDNN 8\.1/,
  ],
  [
    "other bytes than the lock's",
    "npm error code EINTEGRITY\nnpm error Verification failed while extracting webgpu@0.6.2:\nnpm error sha512-zz integrity checksum failed",
    /newer SelMix/,
  ],
  [
    "no GPU behind the driver",
    "E tensorflow/stream_executor/cuda/cuda_driver.cc:271] failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected",
    /nvidia-smi/,
  ],
  [
    "DLL not found",
    "Error: The specified module could not be found.\n\\\\?\\C:\\dev\\node_modules\\@tensorflow\\tfjs-node\\lib\\napi-v8\\tfjs_binding.node\n    at Object..node (node:internal/modules/cjs/loader:1725:18)",
    /tensorflow\.dll.*deps\/lib/,
  ],
  [
    "binding for another Node",
    "Error: The module '/ws/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 93. This version of Node.js requires\nNODE_MODULE_VERSION 137.",
    /another Node version/,
  ],
  [
    "binding never built",
    "The Node.js native addon module (tfjs_binding.node) can not be found at path: /ws/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node. \nPlease run command 'npm rebuild @tensorflow/tfjs-node --build-addon-from-source'",
    /install scripts/,
  ],
  [
    "library missing beside the binding",
    "libtensorflow.so.2: cannot open shared object file: No such file or directory",
    /selmix backends --install/,
  ],
  ["Node 23", "TypeError: (0 , util_1.isNullOrUndefined) is not a function", /restart the engine/],
  ["old C library", "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found", /C library/],
  ["copied node_modules", "tfjs_binding.node: invalid ELF header", /another operating system/],
  ["no AVX", "@tensorflow/tfjs-node crashed while it was tried: SIGILL", /AVX/],
  [
    "no ready binary",
    "file 404 when install @tensorflow/tfjs-node-gpu https://storage.googleapis.com/tf-builds/pre-built-binary/napi-v8/4.22.0/GPU-windows-4.22.0.zip",
    /no ready binary/,
  ],
  [
    "disk full",
    "npm ERR! code ENOSPC\nnpm ERR! nospc ENOSPC: no space left on device, write",
    /disk is full/,
  ],
  ["no network", "npm ERR! code ENOTFOUND\nnpm ERR! network request to https://x failed", /network/],
  ["no compiler", "gyp ERR! stack Error: not found: make", /C\+\+ compiler/],
];

describe("known problems", () => {
  it.each(recorded)("%s is answered with its fix", (_kind, message, fix) => {
    expect(knownAnswer(message)).toMatch(fix);
    expect(explain("it failed", message)).toMatch(/^it failed: .*\.$/s);
  });

  it("keeps the first line of a message of no known kind", () => {
    expect(knownAnswer("Segfault in frobnicator")).toBeNull();
    expect(explain("it failed", "\nSegfault in frobnicator\n  at x")).toBe(
      "it failed: Segfault in frobnicator.",
    );
  });
});
