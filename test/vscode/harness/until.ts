/** Waiting for conditions, never for time. */
import { setTimeout as pause } from "node:timers/promises";

/**
 * Tries `look` until it returns something other than null, undefined and false, and returns that. An error counts as
 * "not yet". Throws after `limit` milliseconds, naming what was waited for and the last error.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  limit = 60_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + limit;
  let last: unknown = null;
  while (Date.now() < end) {
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) {
        return found as NonNullable<Exclude<T, false>>;
      }
      last = null;
    } catch (error) {
      last = error;
    }
    await pause(50);
  }
  const reason = last instanceof Error ? `: ${last.message}` : "";
  throw new Error(`Waited ${limit / 1000} s for ${what}${reason}`);
}
