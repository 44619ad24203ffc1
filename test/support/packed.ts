/** Messages as they go to a page. */
import { packSnapshot, type RunSnapshot } from "../../src/protocol/packedSnapshot.ts";
import type { ShownPoint } from "../../src/protocol/panels.ts";

/** A message with the runs in it as the host sends them. */
export function packed(message: object): object {
  const { snapshot, runs, point }: { snapshot?: RunSnapshot; runs?: RunSnapshot[]; point?: ShownPoint } =
    message;
  return {
    ...message,
    ...(point === undefined ? {} : { point: { ...point, run: point.run && packSnapshot(point.run) } }),
    ...(snapshot === undefined ? {} : { snapshot: packSnapshot(snapshot) }),
    ...(runs === undefined ? {} : { runs: runs.map(packSnapshot) }),
  };
}
