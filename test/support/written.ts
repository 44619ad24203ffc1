import type { TuneResult } from "../../src/protocol/records.ts";

/** The file that a run wrote. Throws the verdict where it wrote none. */
export function written({ output, verdict }: Pick<TuneResult, "output" | "verdict">): string {
  if (output === null) throw new Error(verdict?.sentence ?? "nothing was written");
  return output;
}
