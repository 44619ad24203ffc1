/**
 * Which backend computes, and why. Whoever tunes calls `chooseBackend` first; nothing else loads one.
 *
 * Native backends are tried once per machine in a process of their own and remembered (trial.ts, memory.ts); then the
 * one with the shortest expected time for the job is taken, start-up included. Nothing native is tried for a small job.
 */
import { duration } from "../../words/numbers.ts";
import { isExpected } from "../errors.ts";
import {
  BackendError,
  type BackendName,
  backendNames,
  type Chosen,
  isBackendName,
  type Loaded,
  type Places,
} from "./backend.ts";
import { checkNumbers } from "./check.ts";
import { canInstall, type InstallPlan, installPlan, isInstalled } from "./install.ts";
import { backendNamed } from "./list.ts";
import { expectedSeconds, isSmall, type JobSize } from "./measure.ts";
import type { Trial } from "./memory.ts";
import { defaultStorage, isNative, nativePackages } from "./packages.ts";
import { trialOf } from "./trial.ts";
import { isSoftware } from "./webgpu.ts";

export { BackendError, type BackendName, backendNames, type Chosen, type Places } from "./backend.ts";
export type { JobSize } from "./measure.ts";
export { defaultStorage } from "./packages.ts";
export { holdsDawn, isSoftware, whileDeviceLives } from "./webgpu.ts";

export interface ChoiceOptions extends Places {
  /** The name of one backend, when the user insists on it. */
  readonly forced?: string;
  /** Without a job, or with a small one, nothing native is tried. */
  readonly job?: JobSize;
  readonly signal?: AbortSignal;
}

/** A line of `selmix backends`. `device` is null where it could not be used. */
export interface ListedBackend {
  readonly name: BackendName;
  readonly available: boolean;
  readonly device: string | null;
  readonly why: string;
  /** What installing it would do, where it is not installed and can be. */
  readonly install: InstallPlan | null;
  /** Whether it was installed on request, and can be removed again. */
  readonly removable: boolean;
}

/** A backend that works here, with what a job would take on it, from start to end. */
interface Candidate {
  readonly name: BackendName;
  readonly seconds: number;
}

/** Makes the best backend ready. Throws `BackendError` when the forced one cannot be used. */
export async function chooseBackend(options: ChoiceOptions = {}): Promise<Chosen> {
  const { forced, job } = options;
  if (forced !== undefined && forced !== "") return forcedBackend(forced, options);
  if (job === undefined || isSmall(job))
    return start("wasm", "the job is small: it ends before a GPU has started", options);
  const { candidates, refusals } = await compare(job, options);
  const notes = [...refusals];
  for (const { name, seconds } of candidates) {
    try {
      return await start(name, whyFastest(name, seconds, candidates, notes), options);
    } catch (error) {
      if (!(error instanceof BackendError) || name === "wasm") throw error;
      notes.push(error.message);
    }
  }
  return start("wasm", notes.join(" ") || "no GPU package is installed, and wasm needs none", options);
}

/**
 * Makes the most preferred backend ready on which an attempt of the job's own succeeds, and says why others were
 * skipped. `attempt` throws what the backend lacks, and leaves nothing behind then.
 * Throws `BackendError` when no backend, or not the forced one, can be used.
 */
export async function chooseBackendFor<T>(
  options: ChoiceOptions,
  attempt: () => Promise<T>,
): Promise<{ readonly backend: Chosen; readonly result: T }> {
  const { forced } = options;
  if (forced !== undefined && forced !== "") {
    if (isBackendName(forced) && !backendNamed(forced).isTensors) {
      throw new BackendError(`The backend ${forced} trains heads, and not a whole network; choose another.`);
    }
    const backend = await forcedBackend(forced, options);
    try {
      return { backend, result: await attempt() };
    } catch (error) {
      if (isExpected(error)) throw error;
      throw new BackendError(`The backend ${forced} cannot be used: ${lackOf(error)}; choose another.`);
    }
  }
  const notes: string[] = [];
  for (const name of backendNames.filter((each) => backendNamed(each).isTensors)) {
    const trial = isNative(name) ? await trialOf(name, options, options) : null;
    if (isNative(name) && (trial === null || ("device" in trial && isSoftware(trial.device)))) continue;
    if (trial && "refused" in trial) {
      notes.push(trial.refused);
      continue;
    }
    try {
      const { device, compute } = await ready(name, options);
      const result = await attempt();
      const why = name === "cpu" ? slowly : "it has every operation that training this network takes";
      const record = { name, device, why: [why, ...notes].join(". ") };
      return { backend: { record, compute }, result };
    } catch (error) {
      const isOfTheJob = isExpected(error) && !(error instanceof BackendError);
      if (options.signal?.aborted || isOfTheJob) throw error;
      notes.push(error instanceof BackendError ? error.message : `${name} is skipped: ${lackOf(error)}`);
    }
  }
  throw new BackendError(`No backend can train this network: ${notes.join("; ")}.`);
}

const slowly =
  "plain JavaScript is slow, but there is nothing else: `selmix backends --install tensorflow` installs what is faster";

/** What a backend lacks, from the words that tfjs throws. */
function lackOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const kernel = /Kernel '(\w+)' not registered/.exec(message)?.[1];
  return kernel
    ? `it has no ${kernel}, which this network's gradient needs`
    : (message.split("\n")[0] ?? message);
}

/**
 * Every backend in order of preference: whether it can be used here, on which device, and why or why not. What was
 * refused before is tried again, because whoever asks may have repaired it.
 */
export async function listBackends(
  options: Places & { signal?: AbortSignal } = {},
): Promise<ListedBackend[]> {
  const listed: ListedBackend[] = [];
  for (const name of backendNames) {
    const trial = await trialOf(name, options, { ...options, retryRefused: true });
    listed.push({ name, ...listing(name, trial, options) });
  }
  return listed;
}

function listing(name: BackendName, trial: Trial | null, places: Places): Omit<ListedBackend, "name"> {
  const { storage = defaultStorage() } = places;
  const install = trial === null && isNative(name) && canInstall(name) ? installPlan(name, storage) : null;
  const own = { install, removable: isNative(name) && isInstalled(name, storage) };
  if (trial === null) return { available: false, device: null, why: notInstalled(name), ...own };
  if ("refused" in trial) return { available: false, device: null, why: trial.refused, ...own };
  return { available: true, device: trial.device, why: speedOf(trial), ...own };
}

async function forcedBackend(name: string, options: ChoiceOptions): Promise<Chosen> {
  if (!isBackendName(name)) {
    throw new BackendError(`There is no backend "${name}": choose one of ${backendNames.join(", ")}.`);
  }
  if (isNative(name)) {
    const trial = await trialOf(name, options, options);
    if (trial === null) throw new BackendError(`The backend ${name} cannot be used: ${notInstalled(name)}.`);
    if ("refused" in trial) throw new BackendError(trial.refused);
  }
  return start(name, "chosen by you", options);
}

async function start(name: BackendName, why: string, places: Places): Promise<Chosen> {
  const { device, compute } = await ready(name, places);
  return { record: { name, device, why }, compute };
}

/** Loads a backend into this process and checks its numbers once more: drivers change between trials and work. */
async function ready(name: BackendName, places: Places): Promise<Loaded> {
  const loaded = await backendNamed(name).load(places);
  await checkNumbers(name, loaded.compute);
  return loaded;
}

/** Backends that work here, the fastest for the job first, and a sentence for each that was tried and refused. */
async function compare(job: JobSize, options: ChoiceOptions) {
  const trials: [BackendName, Trial][] = [];
  for (const name of backendNames.filter(isNative)) {
    const trial = await trialOf(name, options, options);
    if (trial !== null) trials.push([name, trial]);
  }
  const refusals = trials.flatMap(([, trial]) => ("refused" in trial ? [trial.refused] : []));
  const usable = trials.filter(([, trial]) => !("refused" in trial) && !isSoftware(trial.device));
  if (usable.length === 0) return { candidates: [], refusals };
  const wasm = await trialOf("wasm", options, options);
  if (wasm !== null) usable.push(["wasm", wasm]);
  const candidates = usable
    .flatMap(([name, trial]): Candidate[] =>
      "refused" in trial ? [] : [{ name, seconds: trial.loadSeconds + expectedSeconds(trial.cycles, job) }],
    )
    .sort((one, other) => one.seconds - other.seconds);
  return { candidates, refusals };
}

function whyFastest(
  name: BackendName,
  seconds: number,
  candidates: readonly Candidate[],
  notes: readonly string[],
): string {
  const others = candidates
    .filter((each) => each.name !== name)
    .map((each) => `${each.name} ${duration(each.seconds)}`);
  return [
    `fastest for this job by what was measured here: about ${duration(seconds)}, against ${others.join(", ")}`,
    ...notes,
  ].join(". ");
}

function notInstalled(name: BackendName): string {
  return isNative(name)
    ? `${nativePackages[name].name} is not installed; \`selmix backends --install ${name}\` installs it`
    : `${name} is missing from this installation`;
}

/** "a tuning cycle takes 0.9 ms at 10 classes ..." in the measured sizes' own terms. */
function speedOf(trial: Extract<Trial, { device: string }>): string {
  const best = Math.max(...trial.cycles.map(({ flops, milliseconds }) => flops / milliseconds / 1e6));
  const cycle = trial.cycles[0]?.milliseconds ?? 0;
  return `starts in ${duration(trial.loadSeconds)}, ${cycle.toFixed(1)} ms for a small cycle, up to ${best.toFixed(0)} GFLOP/s${isSoftware(trial.device) ? "; it draws on the processor, so it is only used when forced" : ""}`;
}
