/** The commands and their options, as they are typed and as the help tells of them. */
import { objectiveIds } from "../metrics/catalogue.ts";

export const commandNames = [
  "tune",
  "evaluate",
  "check",
  "controls",
  "sweep",
  "inspect",
  "watch",
  "runs",
  "report",
  "use",
  "discard",
  "verify",
  "backends",
] as const;
export type CommandName = (typeof commandNames)[number];

export type OptionName =
  | "config"
  | "objective"
  | "backend"
  | "threads"
  | "steps"
  | "seed"
  | "prior"
  | "margin"
  | "calibrate"
  | "groups-at-prediction"
  | "metric"
  | "class"
  | "attribute"
  | "kind"
  | "bounds"
  | "points"
  | "objectives"
  | "checkpoints"
  | "seeds"
  | "draws"
  | "workers"
  | "on"
  | "work"
  | "use"
  | "point"
  | "resume"
  | "output"
  | "replace"
  | "csv"
  | "metrics"
  | "baseline"
  | "tolerance"
  | "junit"
  | "html"
  | "md"
  | "workspace-packages"
  | "prune"
  | "dry-run"
  | "keep"
  | "pin"
  | "unpin"
  | "install"
  | "remove"
  | "json"
  | "allow-outside";

interface Command {
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly OptionName[];
  /** What may or must be named. */
  readonly operand: {
    readonly what: "checkpoint" | "run" | "certificate";
    readonly required: boolean;
  } | null;
}

/** What is chosen otherwise than in the configuration. */
const choices: readonly OptionName[] = [
  "objective",
  "steps",
  "seed",
  "prior",
  "margin",
  "calibrate",
  "groups-at-prediction",
];

export const commands: Record<CommandName, Command> = {
  tune: {
    usage: "tune [checkpoint]",
    summary: "Tune a checkpoint (the newest, if none is named) and write a tuned copy beside it.",
    options: [
      "config",
      ...choices,
      ...(["backend", "threads", "resume", "metrics", "replace", "keep"] as const),
      ...(["json", "allow-outside", "workspace-packages"] as const),
    ],
    operand: { what: "checkpoint", required: false },
  },
  evaluate: {
    usage: "evaluate [checkpoint]",
    summary:
      "Measure a checkpoint on validation and test: classes, groups and bounds, with intervals. Nothing is tuned.",
    options: [
      ...["config", "backend", "threads", "csv", "metrics", "replace"],
      ...["json", "allow-outside", "workspace-packages"],
    ] as OptionName[],
    operand: { what: "checkpoint", required: false },
  },
  check: {
    usage: "check [checkpoint]",
    summary:
      "Judge a checkpoint by the bounds, and by an earlier run: exit status 3 unless everything is known to hold. For CI.",
    options: [
      ...["config", "backend", "threads", "baseline", "tolerance", "junit", "md", "metrics", "replace"],
      ...["json", "allow-outside", "workspace-packages"],
    ] as OptionName[],
    operand: { what: "checkpoint", required: false },
  },
  controls: {
    usage: "controls [checkpoint]",
    summary: "Run what a critic would try instead: logit adjustment, tuned bias, resampling, uniform mixup.",
    options: ["config", ...choices, "backend", "threads", "json", "allow-outside", "workspace-packages"],
    operand: { what: "checkpoint", required: false },
  },
  sweep: {
    usage: "sweep [checkpoint]",
    summary:
      "Tune under one bound after another: what the objective comes to under each, who pays, and which no head keeps. Or a grid of tunes: objectives, bounds, seeds, checkpoints, draws of validation.",
    options: [
      ...["config", "metric", "class", "attribute", "kind", "bounds", "points", "use", "output", "replace"],
      ...["objectives", "seeds", "checkpoints", "draws", "workers", "on", "work"],
      ...choices,
      ...["backend", "threads", "json", "allow-outside", "workspace-packages"],
    ] as OptionName[],
    operand: { what: "checkpoint", required: false },
  },
  inspect: {
    usage: "inspect <checkpoint>",
    summary: "List a checkpoint's tensors and say which is the head, and why.",
    options: ["config", "json", "allow-outside"],
    operand: { what: "checkpoint", required: true },
  },
  watch: {
    usage: "watch",
    summary: "Tune every checkpoint that is saved, as it is saved.",
    options: [
      "config",
      ...choices,
      ...(["backend", "threads", "replace", "keep"] as const),
      ...(["json", "allow-outside", "workspace-packages"] as const),
    ],
    operand: null,
  },
  runs: {
    usage: "runs",
    summary: "List the runs kept beside a configuration, pin them, and remove those that are too many.",
    options: ["config", "prune", "keep", "dry-run", "pin", "unpin", "json", "allow-outside"],
    operand: null,
  },
  report: {
    usage: "report [run]",
    summary: "Print what a run (the newest, if none is named) came to, as a page, a model card, or JSON.",
    options: ["config", "html", "md", "json", "output", "metrics", "replace", "allow-outside"],
    operand: { what: "run", required: false },
  },
  use: {
    usage: "use <run>",
    summary:
      "Write the head of a run, or of a point of a sweep, to its output (again), whatever came after it.",
    options: ["config", "point", "output", "replace", "json", "allow-outside"],
    operand: { what: "run", required: true },
  },
  discard: {
    usage: "discard <run>",
    summary: "Take the copy that a run wrote away; the copy of the run before it comes back.",
    options: ["config", "json", "allow-outside"],
    operand: { what: "run", required: true },
  },
  verify: {
    usage: "verify <certificate>",
    summary: "Do the tests of a certificate again, from the head and the table that it names.",
    options: ["json"],
    operand: { what: "certificate", required: true },
  },
  backends: {
    usage: "backends",
    summary: "List what can compute here, and why or why not.",
    options: ["install", "remove", "threads", "json", "workspace-packages"],
    operand: null,
  },
};

export const optionTable: Record<OptionName, { readonly value: string | null; readonly help: string }> = {
  config: { value: "file", help: "the configuration (default: selmix.json)" },
  objective: { value: "id", help: `what to raise: ${objectiveIds.join(", ")}` },
  backend: { value: "name", help: 'what computes (default: the fastest; see "selmix backends")' },
  threads: { value: "n", help: "threads that compute on the processor (default: one a core)" },
  steps: { value: "n", help: "training steps" },
  seed: { value: "n", help: "seed of all random choices" },
  prior: { value: "set", help: "whose class shares are meant: validation, train or test" },
  margin: { value: "auto|0", help: "how far inside their bounds constraints are kept on validation" },
  calibrate: { value: null, help: "fold the temperature that makes probabilities best into the head" },
  "groups-at-prediction": { value: null, help: "offsets per group, for a classifier that is told the group" },
  metric: {
    value: "id",
    help: "the metric whose bound is swept, as constraints have it: recall, accuracy, coverage…",
  },
  class: { value: "name", help: "the class that the bound is about (default: every class)" },
  attribute: { value: "name", help: "whose groups the bound is about, where rows have several attributes" },
  kind: {
    value: "atLeast|atMost",
    help: "which way it bounds, where the metric has both (default: atLeast)",
  },
  bounds: { value: "list", help: "the bounds, as shares: 0.6,0.65,0.7" },
  points: { value: "n", help: "or how many, spread over what can be reached (default: 20)" },
  objectives: {
    value: "list",
    help: "a grid of tunes: of each of these objectives, with commas between them",
  },
  seeds: { value: "list", help: "a grid of tunes: with each of these seeds, 0..4 or 0,3,7" },
  checkpoints: { value: "glob", help: "a grid of tunes: of each checkpoint that matches, as in selmix.json" },
  draws: {
    value: "n",
    help: "a grid of tunes: with so many bootstrap draws of validation, for how much of a result is their luck",
  },
  workers: { value: "n", help: "how many tunes of a grid run at once (default: one a core; under Slurm 50)" },
  on: { value: "local|slurm", help: "where a grid runs (default: on this machine)" },
  work: {
    value: "folder",
    help: "take tasks of this grid until none is left: what workers are started with",
  },
  use: { value: "n", help: "write the head of this point in the end, counted from 1" },
  point: { value: "n", help: "the point of a sweep, counted from 1, where a sweep is named" },
  resume: { value: "folder", help: 'go on with a run of "train": "all" that died or was stopped' },
  output: {
    value: "file",
    help: "where the copy goes (default: where the run's configuration says); of a report: a file instead of standard output",
  },
  csv: { value: "file.csv", help: "also write classes, groups and the confusion matrix as a table" },
  metrics: { value: "file.json", help: "also write what was measured as flat numbers, as DVC reads them" },
  baseline: { value: "run", help: "an earlier run: nothing may be worse than what it left in use" },
  tolerance: { value: "points", help: "with --baseline: how far a value may fall (default: 2)" },
  junit: { value: "file.xml", help: "also write the checks as JUnit XML" },
  html: { value: null, help: "one HTML file that opens anywhere, without scripts" },
  md: {
    value: null,
    help: "Markdown: of a run a section for a model card, of a check a comment on a change",
  },
  replace: { value: null, help: "let what is written replace a file that SelMix did not write" },
  "workspace-packages": {
    value: null,
    help: "take native packages from the folder's own node_modules too, which runs their code",
  },
  prune: { value: null, help: "remove old runs, and what killed processes left" },
  "dry-run": { value: null, help: "with --prune: only tell what would go" },
  keep: { value: "n", help: "runs of a configuration that are kept (default: 50)" },
  pin: { value: "run", help: "keep a run whatever its age" },
  unpin: { value: "run", help: "treat a pinned run like the others again" },
  install: { value: "name", help: "install a backend first, into a folder of SelMix's own" },
  remove: { value: "name", help: "remove a backend that was installed so" },
  json: { value: null, help: "print one JSON object on standard output, and nothing else there" },
  "allow-outside": { value: null, help: "let the configuration's paths leave its workspace" },
};
