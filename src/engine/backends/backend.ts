/** What each backend of ours offers, and what the choice among them is given. */
import type { BackendRecord } from "../../protocol/records.ts";
import type { Compute } from "../../selmix/validation/evaluator.ts";

/** In order of preference. */
export const backendNames = ["tensorflow-gpu", "webgpu", "native", "tensorflow", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

/** Where optional native packages and the memory of measurements may lie, and how much of the machine is ours. All paths absolute. */
export interface Places {
  /** A folder of ours: packages installed on request, and what was measured on this machine. */
  readonly storage?: string;
  /** Folder of a package, or one that has it in node_modules, named by the user. */
  readonly packagePath?: string;
  /** The workspace, only when the user trusts it: its node_modules are code. */
  readonly trustedWorkspace?: string;
  /** Threads that a backend on the processor may use; all cores where it is left out. */
  readonly threads?: number;
  /** Whether a training is going on beside the work, to which a core is left. */
  readonly inBackground?: boolean;
}

/** A way to compute. */
export interface Backend {
  readonly name: BackendName;
  /** Whether it is one of tfjs, which whole networks can be trained on; others train heads alone. */
  readonly isTensors: boolean;
  /** Makes it ready, and tfjs' current backend where it is one. Throws `BackendError` when it cannot be used here. */
  load(places: Places): Promise<Loaded>;
}

/** A backend that is ready: on which device it runs, and what it brings. */
export interface Loaded {
  readonly device: string;
  readonly compute: Compute;
}

/** The backend of a job, with why it was chosen. */
export interface Chosen {
  readonly record: BackendRecord;
  readonly compute: Compute;
}

/** A backend that cannot be used: one sentence for the user. */
export class BackendError extends Error {
  override name = "BackendError";
}

export function isBackendName(name: string): name is BackendName {
  return backendNames.some((known) => known === name);
}
