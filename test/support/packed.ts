/** Messages as they go to a page. */
import { packSnapshot, type RunSnapshot } from "../../src/protocol/packedSnapshot.ts";

/** A message with the runs in it as the host sends them. */
export function packed(message: object): object {
  const { snapshot, runs }: { snapshot?: RunSnapshot; runs?: RunSnapshot[] } = message;
  return {
    ...message,
    ...(snapshot === undefined ? {} : { snapshot: packSnapshot(snapshot) }),
    ...(runs === undefined ? {} : { runs: runs.map(packSnapshot) }),
  };
}
