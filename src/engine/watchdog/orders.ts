/** What the main thread and the one that watches it share. */

/** The engine tells its parent that it lives, and goes with it; the terminal's process hears Ctrl-C. */
export type Role = "engine" | "terminal";

export interface WatchOrder {
  /** See `watchWords`. */
  readonly shared: Int32Array;
  readonly role: Role;
  /** Process id of the parent. */
  readonly parent: number;
  /** File descriptor of a pipe to the parent, where it reads pulses. */
  readonly pulse: number | null;
  /** Milliseconds without a turn after which the main thread is taken not to hear Ctrl-C. */
  readonly deafMs: number;
}

/** Places in the shared numbers: turns of the event loop so far, and seconds it may go without one. */
export const watchWords = { turns: 0, patience: 1, count: 2 } as const;
