/**
 * Tries a backend in a process of its own: a native library that crashes, hangs or fills the log then costs us a
 * sentence and not the engine.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Backend, BackendError, type BackendName, type Places } from "./backend.ts";
import { checkNumbers } from "./check.ts";
import { measureCycles } from "./measure.ts";
import { recall, remember, type Trial, trialKey, trialSchema } from "./memory.ts";
import { defaultStorage } from "./packages.ts";
import { explain, knownAnswer } from "./problems.ts";

const patienceMs = 120_000;

/** Loads a backend here, checks its numbers and times it. Throws `BackendError` when it cannot be used. */
export async function tryHere(backend: Backend, places: Places): Promise<Trial> {
  const started = performance.now();
  const { device, compute } = await backend.load(places);
  await checkNumbers(backend.name, compute);
  const loadSeconds = (performance.now() - started) / 1000;
  return { device, loadSeconds, cycles: await measureCycles(compute) };
}

/** The child's program: in development a source file, in the product a bundle beside ours. */
function childProgram(): string {
  const development = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(development ? "./trialMain.ts" : "./backendTrial.mjs", import.meta.url));
}

/** Tries a backend in a child process; every way to fail becomes a refusal. */
export function tryApart(name: BackendName, places: Places, signal?: AbortSignal): Promise<Trial> {
  return new Promise((resolve) => {
    const child = fork(childProgram(), [name, JSON.stringify(places)], {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      ...(signal ? { signal } : {}),
    });
    let log = "";
    let answer: Trial | null = null;
    const timer = setTimeout(() => {
      answer = { refused: `${name} did not answer within ${patienceMs / 1000} s when it was tried.` };
      child.kill("SIGKILL");
    }, patienceMs);
    child.stderr?.on("data", (chunk) => {
      log = `${log}${chunk}`.slice(-20_000);
    });
    child.on("message", (message) => {
      const read = trialSchema.safeParse(message);
      if (read.success) answer = read.data;
    });
    child.on("error", (error) => {
      answer ??= { refused: explain(`${name} could not be tried`, error.message) };
    });
    child.on("close", (code, exitSignal) => {
      clearTimeout(timer);
      const ending = exitSignal ?? `exit status ${code}`;
      resolve(
        withReason(
          answer ?? { refused: explain(`${name} crashed while it was tried`, `${ending}\n${log}`) },
          log,
        ),
      );
    });
  });
}

/** A refusal that does not name its cause may have left it in the log: TensorFlow only prints which CUDA library it misses. */
function withReason(result: Trial, log: string): Trial {
  if (!("refused" in result) || knownAnswer(result.refused)) return result;
  const cause = knownAnswer(log);
  return cause ? { refused: `${result.refused.replace(/[.:].*$/s, "")}: ${cause}.` } : result;
}

/** The remembered trial of a backend, or a new one; null when its package is not installed. */
export async function trialOf(
  name: BackendName,
  places: Places,
  options: { retryRefused?: boolean; signal?: AbortSignal } = {},
): Promise<Trial | null> {
  const key = trialKey(name, places);
  if (key === null) return null;
  const storage = places.storage ?? defaultStorage();
  const known = recall(storage)[key];
  if (known && !(options.retryRefused && "refused" in known)) return known;
  const result = await tryApart(name, places, options.signal);
  if (!options.signal?.aborted) remember(storage, key, result);
  return result;
}

/** What the child does: try one backend, tell the parent, end. */
export async function runTrial(backend: Backend, places: Places): Promise<never> {
  let result: Trial;
  try {
    result = await tryHere(backend, places);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const sentence =
      error instanceof BackendError ? message : explain(`${backend.name} failed its trial`, message);
    result = { refused: sentence };
  }
  process.send?.(result, () => process.exit(0));
  return new Promise(() => {});
}
