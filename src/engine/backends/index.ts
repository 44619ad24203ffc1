/**
 * Which tfjs backend computes, and why: the one list, in order of preference. Whoever tunes calls `chooseBackend` first.
 */
import type { BackendRecord } from "../../protocol/records.ts";
import { type Backend, BackendError, backendNames, isBackendName, type Places } from "./backend.ts";
import { cpu, wasm } from "./portable.ts";

export { BackendError, type BackendName, backendNames, type Places } from "./backend.ts";

/** The sizes that decide which backend is fastest: classes K, feature size d, batch n, and buckets B. */
export interface JobSize {
  readonly classes: number;
  readonly size: number;
  readonly batch: number;
  readonly buckets: number;
}

export interface ChoiceOptions extends Places {
  /** The name of one backend, when the user insists on it. */
  readonly forced?: string;
  readonly job?: JobSize;
}

/** A line of `selmix backends`. `device` is null where it could not be loaded. */
export interface ListedBackend {
  readonly name: string;
  readonly available: boolean;
  readonly device: string | null;
  readonly why: string;
}

const backends: readonly Backend[] = [wasm, cpu];

/** Makes the best backend tfjs' current one. Throws `BackendError` when the forced one cannot be used. */
export async function chooseBackend(options: ChoiceOptions = {}): Promise<BackendRecord> {
  const { forced } = options;
  if (forced !== undefined && !isBackendName(forced)) {
    throw new BackendError(`There is no backend "${forced}": choose one of ${backendNames.join(", ")}.`);
  }
  const name = forced ?? "wasm";
  const backend = backends.find((each) => each.name === name);
  if (!backend) throw new BackendError(`The backend ${name} is not installed here: choose wasm or cpu.`);
  const { device } = await backend.load(options);
  return {
    name,
    device,
    why: forced ? "chosen in the settings" : "fastest available for a job of this size",
  };
}

/** Every backend, whether it can be used here, on which device, and why or why not. */
export async function listBackends(options: ChoiceOptions = {}): Promise<ListedBackend[]> {
  const listed: ListedBackend[] = [];
  for (const name of backendNames) {
    try {
      const { device, why } = await chooseBackend({ ...options, forced: name });
      listed.push({ name, available: true, device, why });
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      listed.push({ name, available: false, device: null, why: error.message });
    }
  }
  return listed;
}
