/** What cannot be tuned many times over. */
import type { Project } from "./load.ts";

/** Why a project cannot be swept as a grid, in a sentence; null where it can. */
export function whyNoGrid({
  path: file,
  configuration,
}: Pick<Project, "path" | "configuration">): string | null {
  if (configuration.tuning.train === "all")
    return 'A grid tunes heads, and "train" is "all": each task would train the whole network; use "train": "head".';
  if (configuration.confidence !== undefined && configuration.constraints.length > 0)
    return `"confidence" in ${file} asks for proofs, and rows prove once: every task of a grid would look at them; leave it out here, and tune with it what you choose.`;
  return null;
}
