/** What goes wrong with native backends, recognised by its message and answered with the fix. */

interface KnownProblem {
  readonly pattern: RegExp;
  readonly answer: string;
}

/** In order: the first that matches a message wins, so the more specific come first. */
const knownProblems: readonly KnownProblem[] = [
  {
    pattern:
      /Could not load dynamic library '(libcudart|libcublas|libcudnn|libcu\w+)[^']*'|Cannot dlopen some GPU libraries/,
    answer:
      "the CUDA 11.2 or cuDNN 8.1 libraries that TensorFlow 2.9 needs are missing: install those versions and put their folder on LD_LIBRARY_PATH, or use the webgpu backend, which needs no CUDA",
  },
  {
    pattern: /CUDA_ERROR_NO_DEVICE|no CUDA-capable device is detected|failed call to cuInit/,
    answer:
      "the NVIDIA driver shows no GPU to this process: check nvidia-smi and CUDA_VISIBLE_DEVICES, or use the webgpu backend",
  },
  {
    pattern: /(isNullOrUndefined|isArray)\)? is not a function/,
    answer:
      "this TensorFlow package was loaded before SelMix could repair it for Node 23 and newer: restart the engine",
  },
  {
    pattern: /NODE_MODULE_VERSION|was compiled against a different Node\.js version/,
    answer:
      "its binding was built for another Node version: remove it and run `selmix backends --install` again, or run `npm rebuild` where it is installed",
  },
  {
    pattern:
      /(libtensorflow[\w.]*|tensorflow\.dll): cannot open shared object file|Library not loaded: .*libtensorflow/,
    answer:
      "the TensorFlow library is not where its binding looks for it, because the download during installation failed: remove it and run `selmix backends --install` again",
  },
  {
    pattern: /The specified module could not be found/,
    answer:
      "Windows did not find tensorflow.dll: copy it from the package's deps/lib folder to the folder of tfjs_binding.node under lib/napi-v8, and install the Microsoft Visual C++ redistributable",
  },
  {
    pattern:
      /native addon module \(tfjs_binding\.node\) can not be found|Cannot find module .*tfjs_binding\.node/,
    answer:
      "its native binding was never built or downloaded: remove it and run `selmix backends --install` again with install scripts allowed",
  },
  {
    pattern: /GLIBC(XX)?_[\d.]+' not found/,
    answer: "this system's C library is too old for it: use a newer distribution, or the wasm backend",
  },
  {
    pattern: /invalid ELF header|wrong ELF class|incompatible architecture|is not a valid Win32 application/,
    answer:
      "it was installed for another operating system or processor (a copied node_modules does that): install it on this machine",
  },
  {
    pattern: /SIGILL|Illegal instruction|instructions that this TensorFlow binary was .* compiled to use/i,
    answer: "this processor lacks the AVX instructions that TensorFlow was built with: use the wasm backend",
  },
  {
    pattern: /EINTEGRITY|\bE404\b|ETARGET|No matching version/,
    answer:
      "the registry has other packages than those that this SelMix was made for, so none was taken: ask npm's own registry, or install a newer SelMix",
  },
  {
    pattern: /404[\s\S]*pre-built-binary|pre-built-binary[\s\S]*404|Unsupported system/,
    answer:
      "TensorFlow publishes no ready binary of it for this system: use the webgpu backend, or build the package from source",
  },
  {
    pattern: /ENOSPC|no space left on device/i,
    answer: "the disk is full: free space and try again",
  },
  {
    pattern: /EACCES|EPERM|permission denied/i,
    answer: "the storage folder cannot be written: check its permissions",
  },
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network request|socket hang up|tunneling socket|fetch failed/i,
    answer:
      "the network did not reach the npm registry or storage.googleapis.com: check the connection and the HTTPS_PROXY setting",
  },
  {
    pattern: /gyp ERR!|node-pre-gyp ERR!|not found: make|no acceptable C compiler/,
    answer:
      "no ready binary fits and building one failed: install a C++ compiler, make and Python, then try again",
  },
];

/** The fix for a message of a known kind, without a full stop at the end; null when the kind is not known. */
export function knownAnswer(message: string): string | null {
  return knownProblems.find(({ pattern }) => pattern.test(message))?.answer ?? null;
}

/** One sentence: what failed, and the fix when the kind is known, or else the message's first line. */
export function explain(what: string, message: string): string {
  const line = message
    .split("\n")
    .find((each) => each.trim() !== "")
    ?.trim()
    .slice(0, 300);
  return `${what}: ${knownAnswer(message) ?? line ?? "it gave no reason"}.`;
}
