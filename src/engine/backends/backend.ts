/** What each tfjs backend of ours offers, and what the choice among them is given. */

/** In order of preference. */
export const backendNames = ["tensorflow-gpu", "webgpu", "tensorflow", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

/** Where optional native packages and the memory of measurements may lie. All paths absolute. */
export interface Places {
  /** A folder of ours: packages installed on request, and what was measured on this machine. */
  readonly storage?: string;
  /** Folder of a package, or one that has it in node_modules, named by the user. */
  readonly packagePath?: string;
  /** The workspace, only when the user trusts it: its node_modules are code. */
  readonly trustedWorkspace?: string;
}

/** A way to compute: `load` makes it tfjs' current backend and says on which device it runs. */
export interface Backend {
  readonly name: BackendName;
  /** Throws `BackendError` when it cannot be used here. */
  load(places: Places): Promise<{ readonly device: string }>;
}

/** A backend that cannot be used: one sentence for the user. */
export class BackendError extends Error {
  override name = "BackendError";
}

export function isBackendName(name: string): name is BackendName {
  return backendNames.some((known) => known === name);
}
