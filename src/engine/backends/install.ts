/** Installs a native backend on request into our own storage, and removes it again. Nothing is installed unasked. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { spawnGuarded } from "../../features/extraction/guarded.ts";
import { makeFolder, move, remove } from "../../files/direct.ts";
import { makeOwn } from "../../files/ownFolders.ts";
import { createFile } from "../../files/replace.ts";
import { noteUnfinished } from "../../files/unfinished.ts";
import { BackendError } from "./backend.ts";
import {
  type FoundPackage,
  findPackage,
  installFolder,
  type NativeBackend,
  nativePackages,
} from "./packages.ts";
import { explain } from "./problems.ts";

/** What an installation will do; shown before it starts. Sizes are rounded, in megabytes. */
export interface InstallPlan {
  readonly backend: NativeBackend;
  readonly packageName: string;
  readonly version: string;
  readonly folder: string;
  readonly downloadMegabytes: number;
  readonly diskMegabytes: number;
}

/** `bytes` grows towards `expectedBytes`, which is an estimate. */
export interface InstallProgress {
  readonly message: string;
  readonly bytes: number;
  readonly expectedBytes: number;
}

export interface InstallOptions {
  readonly storage: string;
  readonly onProgress?: (progress: InstallProgress) => void;
  /** A process group of its own was started, or has ended. */
  readonly onProgram?: (pid: number, running: boolean) => void;
  readonly signal?: AbortSignal;
}

const megabyte = 1e6;

/** npm's packages, and for TensorFlow its library, which the install script downloads from storage.googleapis.com. */
const sizes: Record<NativeBackend, { download: number; disk: number }> = {
  "tensorflow-gpu": { download: 530, disk: 1600 },
  webgpu: { download: 45, disk: 140 },
  native: { download: 110, disk: 300 },
  tensorflow: { download: 150, disk: 750 },
};

/** The versions and hashes of everything that an installation brings; `scripts/supply/locks.ts` writes them. */
const locks: Record<NativeBackend, () => Promise<{ readonly default: object }>> = {
  "tensorflow-gpu": () => import("./locks/tensorflow-gpu.json", { with: { type: "json" } }),
  webgpu: () => import("./locks/webgpu.json", { with: { type: "json" } }),
  native: () => import("./locks/native.json", { with: { type: "json" } }),
  tensorflow: () => import("./locks/tensorflow.json", { with: { type: "json" } }),
};

/** The package.json of an installation: one package of one version, the only one whose install script may run. */
export function installManifest(backend: NativeBackend): object {
  const { name, version } = nativePackages[backend];
  return { private: true, dependencies: { [name]: version }, allowScripts: { [name]: true } };
}

/** Whether the package exists for this system. */
export function canInstall(backend: NativeBackend): boolean {
  return !(backend === "tensorflow-gpu" && process.platform === "darwin");
}

/** @throws BackendError where the package exists for no such system. */
export function installPlan(backend: NativeBackend, storage: string): InstallPlan {
  if (!canInstall(backend)) {
    throw new BackendError(
      "TensorFlow's GPU package needs CUDA, which macOS does not have: install webgpu instead.",
    );
  }
  const { name, version } = nativePackages[backend];
  const { download, disk } = sizes[backend];
  const folder = installFolder(storage, name);
  return { backend, packageName: name, version, folder, downloadMegabytes: download, diskMegabytes: disk };
}

/**
 * Runs npm in a folder beside the target and moves it into place when everything is there; on failure or cancel nothing
 * is left behind and an earlier installation still stands.
 * @throws BackendError with what failed and the fix; the signal's reason when cancelled.
 */
export async function installBackend(backend: NativeBackend, options: InstallOptions): Promise<FoundPackage> {
  const { storage, signal } = options;
  const plan = installPlan(backend, storage);
  signal?.throwIfAborted();
  if (!makeOwn(storage)) {
    throw new BackendError(
      `${storage} is not yours alone, so no program is put there: change its owner, or name another folder in SELMIX_STORAGE.`,
    );
  }
  const partial = `${plan.folder}.partial-${process.pid}`;
  const takeBack = noteUnfinished([partial]);
  try {
    makeFolder(partial);
    createFile(path.join(partial, "package.json"), JSON.stringify(installManifest(backend)));
    createFile(path.join(partial, "package-lock.json"), JSON.stringify((await locks[backend]()).default));
    const log = await runNpm(plan, partial, options);
    requireComplete(plan, partial, log);
    remove(plan.folder);
    move(partial, plan.folder);
  } finally {
    remove(partial);
    takeBack();
  }
  const found = findPackage(plan.packageName, { packagePath: plan.folder });
  if (!found)
    throw new BackendError(`${plan.packageName} was installed but is not in ${plan.folder}: try again.`);
  return found;
}

/** Whether this backend lies in our own storage, from where it can be removed. */
export function isInstalled(backend: NativeBackend, storage: string): boolean {
  return existsSync(installFolder(storage, nativePackages[backend].name));
}

/** Whether there was something to remove. */
export async function removeBackend(backend: NativeBackend, storage: string): Promise<boolean> {
  const folder = installFolder(storage, nativePackages[backend].name);
  const present = isInstalled(backend, storage);
  remove(folder);
  return present;
}

const tensorflowBinding = "lib/napi-v8/tfjs_binding.node";

/** What each will need of its package. */
const neededFiles: Record<NativeBackend, string> = {
  "tensorflow-gpu": tensorflowBinding,
  webgpu: "index.js",
  native: `bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`,
  tensorflow: tensorflowBinding,
};

/** Some install scripts fail and let npm succeed: look for what the backend will need. */
function requireComplete(plan: InstallPlan, folder: string, log: string): void {
  const installed = path.join(folder, "node_modules", plan.packageName);
  const needed = neededFiles[plan.backend];
  if (!existsSync(path.join(installed, needed))) {
    throw new BackendError(
      explain(`${plan.packageName} was not installed completely`, log || `${needed} is missing`),
    );
  }
}

/** npm's output; its packages are exactly those of the lock, byte for byte. */
function runNpm(plan: InstallPlan, folder: string, options: InstallOptions): Promise<string> {
  const what = `${plan.packageName} ${plan.version} was not installed`;
  const failed = (error: unknown) => {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return new BackendError(
      explain(what, missing ? "npm was not found: install Node.js, which brings npm" : String(error)),
    );
  };
  let child: ChildProcess;
  try {
    child = startNpm(folder);
  } catch (error) {
    return Promise.reject(failed(error));
  }
  let log = "";
  const collect = (chunk: Buffer) => {
    log = `${log}${chunk}`.slice(-50_000);
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  const stop = () => killTree(child);
  options.signal?.addEventListener("abort", stop);
  const { pid } = child;
  if (pid !== undefined) options.onProgram?.(pid, true);
  let running = true;
  const timer = setInterval(async () => {
    const bytes = await folderBytes(folder);
    if (running) options.onProgress?.(progressOf(plan, bytes));
  }, 1000);
  return new Promise<string>((resolve, reject) => {
    child.on("error", (error) => reject(failed(error)));
    child.on("close", (code) => {
      if (options.signal?.aborted) reject(options.signal.reason);
      else if (code === 0) resolve(log);
      else reject(new BackendError(explain(what, log)));
    });
  }).finally(() => {
    running = false;
    if (pid !== undefined) options.onProgram?.(pid, false);
    clearInterval(timer);
    options.signal?.removeEventListener("abort", stop);
  });
}

function startNpm(folder: string): ChildProcess {
  // What went wrong is told by what npm says, also to those who silence it elsewhere.
  const words = ["ci", "--no-audit", "--no-fund", "--loglevel=notice"];
  // The CPU's libraries lie in onnxruntime-node itself; its script would fetch those for CUDA, from elsewhere.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  return process.platform === "win32"
    ? spawn("npm.cmd", words, { cwd: folder, env, shell: true, stdio: ["ignore", "pipe", "pipe"] })
    : spawnGuarded("npm", words, { cwd: folder, env });
}

/** npm starts install scripts, and those downloads: all of them go. */
function killTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === "win32") spawn("taskkill", ["/pid", String(child.pid), "/t", "/f"]);
  else {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  }
}

function progressOf({ diskMegabytes }: InstallPlan, bytes: number): InstallProgress {
  const message = `${Math.round(bytes / megabyte)} of about ${diskMegabytes} MB on disk`;
  return { message, bytes, expectedBytes: diskMegabytes * megabyte };
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const found = await stat(path.join(entry.parentPath, entry.name)).catch(() => null);
    total += found?.size ?? 0;
  }
  return total;
}
