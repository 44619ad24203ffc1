/** What each page can be seen with: messages as the host sends them, of runs that are made up. The workbench and a test open them all. */
import type { RunSnapshot } from "../../src/protocol/panels.ts";
import { packed } from "../support/packed.ts";
import { syntheticGain, syntheticRun } from "./syntheticRun.ts";
import { stateOf, states } from "./tuningStates.ts";

export interface Scene {
  /** The page's bundle. */
  readonly panel: string;
  readonly name: string;
  /** Sent one after another once the page is ready. */
  readonly messages: () => readonly object[];
}

const shown = (snapshot: RunSnapshot) => ({ type: "snapshot", snapshot });

function failed(cycles: number): RunSnapshot {
  const snapshot = syntheticRun({ classes: 5, cycles, finished: false, state: "failed" });
  return { ...snapshot, run: { ...snapshot.run, error: "features/train.npz holds no labels; add them." } };
}

/** The states that every page of a run has. */
const ofRuns = (panel: string, of: (snapshot: RunSnapshot) => readonly object[]): Scene[] => [
  { panel, name: "ten classes", messages: () => of(syntheticRun({ classes: 10, cycles: 60 })) },
  {
    panel,
    name: "two classes in two groups",
    messages: () => of(syntheticRun({ classes: 2, cycles: 30, groups: 2 })),
  },
  {
    panel,
    name: "seven classes in three groups",
    messages: () => of(syntheticRun({ classes: 7, cycles: 30, groups: 3 })),
  },
  { panel, name: "two hundred classes", messages: () => of(syntheticRun({ classes: 200, cycles: 40 })) },
  { panel, name: "few samples", messages: () => of(syntheticRun({ classes: 5, cycles: 30, samples: 8 })) },
  { panel, name: "at work", messages: () => of(syntheticRun({ classes: 10, cycles: 12, finished: false })) },
  { panel, name: "failed", messages: () => of(failed(0)) },
  { panel, name: "failed on the way", messages: () => of(failed(5)) },
  {
    panel,
    name: "no run yet",
    messages: () => [{ type: "empty", why: "nothing", message: "Tune a checkpoint to see what changes." }],
  },
  {
    panel,
    name: "waiting",
    messages: () => [{ type: "empty", why: "waiting", message: "The run has been asked for." }],
  },
];

/** The gain of the last cycle comes with its run, and the policy behind it. */
function withGain(snapshot: RunSnapshot): readonly object[] {
  const { history, run, runFolder } = snapshot;
  const cycle = history.at(-1)?.cycle;
  if (cycle === undefined) return [shown(snapshot)];
  const { gain, policy } = syntheticGain(run.buckets.length, cycle);
  return [
    { ...shown(snapshot), gain: { cycle, gain } },
    { type: "policy", runFolder, cycle, policy },
  ];
}

/** A run beside another of its checkpoint. */
function compared(snapshot: RunSnapshot): readonly object[] {
  const other = { ...snapshot, runFolder: `${snapshot.runFolder}-2`, run: { ...snapshot.run, seed: 1 } };
  return [{ type: "runs", runs: [snapshot, other] }];
}

export const scenes: readonly Scene[] = [
  ...ofRuns("recall", (snapshot) => [shown(snapshot)]),
  ...ofRuns("gain", withGain),
  {
    panel: "compare",
    name: "ten classes",
    messages: () => compared(syntheticRun({ classes: 10, cycles: 60 })),
  },
  {
    panel: "compare",
    name: "two classes in two groups",
    messages: () => compared(syntheticRun({ classes: 2, cycles: 30, groups: 2 })),
  },
  ...Object.entries(states).map(([name, state]) => ({
    ...{ panel: "tuning", name },
    messages: () => [{ type: "state", state: stateOf(state) }],
  })),
];

/** The messages of a scene as they go to its page. */
export function messagesOf(at: number): readonly object[] {
  return scenes[at]?.messages().map(packed) ?? [];
}
