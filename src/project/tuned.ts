/** What has been tuned before, by the content of the checkpoints: the run folders remember it. */
import path from "node:path";
import { isSameContent } from "../checkpoints/identity.ts";
import type { Reach } from "../files/place.ts";
import type { RunRecord } from "../protocol/records.ts";
import { listRunFolders, readSummary } from "./readRuns.ts";

/** Whether one of the runs came to its end with this content (`contentHash`). */
export function isTunedBy(runs: Iterable<RunRecord>, contentHash: string): boolean {
  for (const { state, checkpointHash } of runs) {
    if (state === "done" && isSameContent(checkpointHash, contentHash)) return true;
  }
  return false;
}

/** The runs of one configuration on disk; those that have ended are read once. */
export class TunedBefore {
  readonly #configuration: string;
  readonly #reach: Reach | undefined;
  readonly #ended = new Map<string, RunRecord>();

  /** @param configuration path of selmix.json */
  constructor(configuration: string, reach?: Reach) {
    this.#reach = reach;
    this.#configuration = configuration;
  }

  has(contentHash: string): boolean {
    return isTunedBy(this.#runs(), contentHash);
  }

  #runs(): RunRecord[] {
    const name = path.basename(this.#configuration);
    const all = listRunFolders(path.dirname(this.#configuration), this.#reach).flatMap(
      (folder) => this.#read(folder) ?? [],
    );
    return all.filter((run) => path.basename(run.configurationPath) === name);
  }

  #read(folder: string): RunRecord | null {
    const run = this.#ended.get(folder) ?? readSummary(folder)?.run;
    if (run && run.state !== "running") this.#ended.set(folder, run);
    return run ?? null;
  }
}
