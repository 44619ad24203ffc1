/** What each page can be seen with: messages as the host sends them, of runs that are made up. The workbench and a test open them all. */
import type { RunSnapshot } from "../../src/protocol/panels.ts";
import { packed } from "../support/packed.ts";
import { headRows, inspected } from "./inspected.ts";
import { syntheticGain, syntheticRun } from "./syntheticRun.ts";
import { frontierStateOf, syntheticSweep } from "./syntheticSweep.ts";
import { row } from "./tableRows.ts";
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

const ofFrontier = (name: string, state: () => object): Scene[] => [
  { panel: "frontier", name, messages: () => [{ type: "state", state: state() }] },
];

const ofRows = (name: string, rows: () => readonly object[]): Scene[] => [
  { panel: "runs", name, messages: () => [{ type: "rows", columns: null, rows: rows() }] },
];

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
  ...ofFrontier("a sweep", () => frontierStateOf(syntheticSweep({ count: 20 }))),
  ...ofFrontier("no sweep yet", () => frontierStateOf(null)),
  ...ofFrontier("where proofs are asked for", () =>
    frontierStateOf({ ...syntheticSweep(), confidence: 0.95 }),
  ),
  ...ofRows("twelve runs", () => Array.from({ length: 12 }, (_unused, place) => row(place)).reverse()),
  ...ofRows("of every kind", () => [
    row(1, { tone: "bad", verdict: "Do not use it" }),
    row(2, { name: "for the paper", note: "after the data were cleaned", pinned: true, inPlace: true }),
    row(3, { tone: null, verdict: "stopped", value: null, change: null, worst: null }),
  ]),
  ...ofRows("no run yet", () => []),
  {
    ...{ panel: "checkpoint", name: "a network" },
    messages: () => [
      { type: "inspected", name: "epoch.pt", bytes: 1e10, inspected, followed: true },
      { type: "head", head: headRows },
    ],
  },
  {
    ...{ panel: "checkpoint", name: "without a head" },
    messages: () => {
      const without = { ...inspected, head: null, headProblem: "No tensor fits the labels." };
      return [{ type: "inspected", name: "epoch.pt", bytes: 1e6, inspected: without, followed: false }];
    },
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
