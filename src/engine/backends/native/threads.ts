/** How many threads a job computes on. */
import os from "node:os";
import type { Places } from "../backend.ts";

/** As many as the user says; else all that this process may use, of which one is left to a training that is going on. */
export function threadsOf({
  threads,
  inBackground = false,
}: Pick<Places, "threads" | "inBackground">): number {
  const all = os.availableParallelism();
  return threads ?? Math.max(1, inBackground ? all - 1 : all);
}
