/** What was different about runs, in words. Pure. */
import { metricName } from "../../metrics/catalogue.ts";
import { boundsText } from "../../words/constraints.ts";
import { listed, named, runCheckpoint } from "../../words/names.ts";
import { count, duration, moment } from "../../words/numbers.ts";
import { priorText } from "../../words/population.ts";
import { startText, stateNames } from "../../words/runs.ts";
import type { Table } from "../shared/picture.ts";
import { type NamedRun, runColumn } from "./namedRuns.ts";

/** Something that may differ, and whether it was asked for; the rest is what came of it. */
interface Fact {
  readonly name: string;
  readonly asked: boolean;
  readonly of: (run: NamedRun) => string;
  /** Whether it is a hash, which says only whether two are the same. */
  readonly hashed?: boolean;
}

const asked = (name: string, of: Fact["of"]): Fact => ({ name, asked: true, of });
const hashed = (name: string, of: Fact["of"]): Fact => ({ name, asked: true, of, hashed: true });
const came = (name: string, of: Fact["of"]): Fact => ({ name, asked: false, of });

const facts: readonly Fact[] = [
  asked("Checkpoint", ({ snapshot: { run } }) => runCheckpoint(run)),
  hashed("Content of the checkpoint", ({ snapshot: { run } }) => run.checkpointHash),
  asked("Objective", ({ snapshot: { run } }) => metricName(run.objective)),
  asked("Bounds", ({ snapshot: { result } }) => boundsText(result?.constraints ?? []) || "none"),
  asked("Seed", ({ snapshot: { run } }) => `${run.seed}`),
  asked("Whose class shares", ({ snapshot: { result } }) => priorText(result?.prior) ?? "as in the samples"),
  ...(["train", "validation", "test", "unlabeled"] as const).map((table) =>
    hashed(`Table of ${table}`, ({ snapshot: { run } }) => run.tables?.[table] ?? ""),
  ),
  came("Computed by", ({ snapshot: { run } }) => run.backend?.name ?? ""),
  came("State", ({ snapshot: { run } }) => stateNames[run.state]),
  came("Training began with", ({ snapshot: { result } }) => (result ? startText(result.start) : "")),
  came("Kept step", ({ snapshot: { result } }) => (result ? count(result.bestStep) : "")),
  came("Time", ({ snapshot: { result } }) => (result ? duration(result.seconds.total) : "")),
  came("Began", ({ snapshot: { run } }) => moment(run.startedAt)),
];

/** What stands above, and what says the same in other words. */
const told = new Set(["objective", "constraints", "prior", "tuning.seed", "checkpoints", "classes"]);

const settingNames: Readonly<Record<string, string>> = {
  "tuning.steps": "Steps",
  "tuning.batchSize": "Samples in a step",
  "tuning.learningRate": "Learning rate",
  "tuning.controls": "Baselines that are run",
  calibrate: "Calibrated probabilities",
  groupsAtPrediction: "Groups known at prediction",
  margin: "Margin of bounds",
  output: "Where the copy goes",
  autoRetune: "Tuned by each save",
  train: "What is trained",
};

/** A setting in words where it has some, else its key. */
function settingFact(key: string): Fact {
  return asked(
    settingNames[key] ?? key,
    ({ snapshot: { run } }) => flattened(run.configuration).get(key) ?? "not set",
  );
}

/** A nested value as dotted keys: `{ tuning: { steps: 1 } }` gives `tuning.steps`. */
function flattened(value: unknown, prefix = "", into = new Map<string, string>()): Map<string, string> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value))
      flattened(inner, prefix === "" ? key : `${prefix}.${key}`, into);
  } else if (prefix !== "") into.set(prefix, typeof value === "string" ? value : JSON.stringify(value));
  return into;
}

/** The facts that are not the same of all runs: what was asked for first. */
function differing(runs: readonly NamedRun[]): Fact[] {
  const keys = new Set(runs.flatMap(({ snapshot }) => [...flattened(snapshot.run.configuration).keys()]));
  const settings = [...keys].filter((key) => !told.has(key)).map(settingFact);
  const [before, after] = [facts.filter((fact) => fact.asked), facts.filter((fact) => !fact.asked)];
  return [...before, ...settings, ...after].filter(({ of }) => new Set(runs.map(of)).size > 1);
}

/** What each run has of a fact; of hashes, which runs have the same. */
function valuesOf({ of, hashed: isHash }: Fact, runs: readonly NamedRun[]): string[] {
  if (!isHash) return runs.map(of);
  return runs.map((run) => {
    const first = runs.find((other) => of(other) === of(run)) ?? run;
    if (of(run) === "") return "not said";
    return first === run ? "its own" : `that of ${first.letter}`;
  });
}

/** A row for each thing that differed. */
export function differencesTable(runs: readonly NamedRun[]): Table {
  const all = differing(runs);
  return {
    caption: all.length === 0 ? "Nothing differed between the runs" : "What differed between the runs",
    columns: [{ key: "setting", label: "What" }, ...runs.map(runColumn)],
    rows: all.map((fact) => [fact.name, ...valuesOf(fact, runs)]),
  };
}

const differencesTold = 3;

/** "Asked for differently: seed (A 0, B 7)." Of what came of it nothing is said here. */
export function differencesSentence(runs: readonly NamedRun[]): string {
  const all = differing(runs).filter((fact) => fact.asked);
  if (all.length === 0) return "Nothing was asked for differently.";
  const parts = all.map((fact) => {
    const values = valuesOf(fact, runs).map((value, at) => `${runs[at]?.letter ?? ""} ${named(value)}`);
    return `${fact.name.toLowerCase()} (${values.join(", ")})`;
  });
  return `Asked for differently: ${listed(parts, differencesTold)}.`;
}
