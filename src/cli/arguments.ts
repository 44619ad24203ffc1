/** The commands, their options, and their help: what can be typed. */
import { parseArgs } from "node:util";
import { type ObjectiveId, objectiveIds } from "../metrics/catalogue.ts";
import { nearest } from "../project/problems.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import { UsageError } from "./usageError.ts";

export const commandNames = ["tune", "evaluate", "controls", "inspect", "watch", "runs", "backends"] as const;
export type CommandName = (typeof commandNames)[number];

export interface Options {
  readonly config: string;
  /** Whether --config was typed. */
  readonly configGiven: boolean;
  readonly objective?: ObjectiveId;
  readonly backend?: string;
  readonly steps?: number;
  readonly seed?: number;
  /** Replace a file that SelMix did not write. */
  readonly replace: boolean;
  /** Take native packages from the folder's own node_modules. */
  readonly workspacePackages: boolean;
  /** Remove runs that are too many. */
  readonly prune: boolean;
  /** Only tell what would be removed. */
  readonly dryRun: boolean;
  /** How many runs of a configuration are kept. */
  readonly keep?: number;
  /** A run to keep whatever its age, and one not to. */
  readonly pin?: string;
  readonly unpin?: string;
  /** Folder of a run to go on with. */
  readonly resume?: string;
  /** A backend to install first. */
  readonly install?: string;
  /** A backend to remove first. */
  readonly remove?: string;
  readonly json: boolean;
  readonly allowOutside: boolean;
}

export interface Invocation {
  readonly command: CommandName;
  readonly checkpoint: string | null;
  readonly options: Options;
}

type OptionName =
  | "config"
  | "objective"
  | "backend"
  | "steps"
  | "seed"
  | "resume"
  | "replace"
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
  /** Whether a checkpoint may or must be named. */
  readonly checkpoint: "none" | "optional" | "required";
}

export const commands: Record<CommandName, Command> = {
  tune: {
    usage: "tune [checkpoint]",
    summary: "Tune a checkpoint (the newest, if none is named) and write a tuned copy beside it.",
    options: [
      ...["config", "objective", "backend", "steps", "seed", "resume", "replace"],
      ...["keep", "json", "allow-outside", "workspace-packages"],
    ] as OptionName[],
    checkpoint: "optional",
  },
  evaluate: {
    usage: "evaluate [checkpoint]",
    summary: "Measure a checkpoint on validation and test, per class.",
    options: ["config", "backend", "json", "allow-outside", "workspace-packages"],
    checkpoint: "optional",
  },
  controls: {
    usage: "controls [checkpoint]",
    summary: "Run what a critic would try instead: logit adjustment, tuned bias, resampling, uniform mixup.",
    options: [
      "config",
      "objective",
      "backend",
      "steps",
      "seed",
      "json",
      "allow-outside",
      "workspace-packages",
    ],
    checkpoint: "optional",
  },
  inspect: {
    usage: "inspect <checkpoint>",
    summary: "List a checkpoint's tensors and say which is the head, and why.",
    options: ["config", "json", "allow-outside"],
    checkpoint: "required",
  },
  watch: {
    usage: "watch",
    summary: "Tune every checkpoint that is saved, as it is saved.",
    options: [
      ...["config", "objective", "backend", "steps", "seed", "replace", "keep"],
      ...["json", "allow-outside", "workspace-packages"],
    ] as OptionName[],
    checkpoint: "none",
  },
  runs: {
    usage: "runs",
    summary: "List the runs kept beside a configuration, pin them, and remove those that are too many.",
    options: ["config", "prune", "keep", "dry-run", "pin", "unpin", "json", "allow-outside"],
    checkpoint: "none",
  },
  backends: {
    usage: "backends",
    summary: "List what can compute here, and why or why not.",
    options: ["install", "remove", "json", "workspace-packages"],
    checkpoint: "none",
  },
};

const optionTable: Record<OptionName, { readonly value: string | null; readonly help: string }> = {
  config: { value: "file", help: "the configuration (default: selmix.json)" },
  objective: { value: "id", help: `what to raise: ${objectiveIds.join(", ")}` },
  backend: { value: "name", help: 'what computes (default: the fastest; see "selmix backends")' },
  steps: { value: "n", help: "training steps" },
  seed: { value: "n", help: "seed of all random choices" },
  resume: { value: "folder", help: 'go on with a run of "train": "all" that died or was stopped' },
  replace: { value: null, help: "let the output replace a file that SelMix did not write" },
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

/** What was typed: a command to run, or a help page to print. Throws `UsageError`. */
export function parseCommandLine(
  argv: readonly string[],
): Invocation | { readonly help: CommandName | null } {
  const [first, ...rest] = argv;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    const about = rest[0];
    return { help: about !== undefined && isCommand(about) ? about : null };
  }
  if (!isCommand(first)) {
    const close = nearest(first, commandNames);
    const advice = close ? `did you mean "selmix ${close}"?` : 'see "selmix --help".';
    throw new UsageError(`There is no command "${first}"; ${advice}`);
  }
  return parseCommand(first, rest);
}

function isCommand(word: string): word is CommandName {
  return commandNames.some((name) => name === word);
}

function parseCommand(command: CommandName, argv: string[]): Invocation | { readonly help: CommandName } {
  const { values, positionals } = parseTyped(command, argv);
  if (values.help === true) return { help: command };
  const text = (name: OptionName) => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    command,
    checkpoint: checkpointOf(command, positionals),
    options: {
      config: text("config") ?? "selmix.json",
      configGiven: text("config") !== undefined,
      objective: objectiveOf(text("objective")),
      backend: text("backend"),
      steps: wholeNumber("steps", text("steps"), 1),
      seed: wholeNumber("seed", text("seed"), 0),
      resume: text("resume"),
      replace: values.replace === true,
      workspacePackages: values["workspace-packages"] === true,
      prune: values.prune === true,
      dryRun: values["dry-run"] === true,
      keep: wholeNumber("keep", text("keep"), 1),
      pin: text("pin"),
      unpin: text("unpin"),
      install: text("install"),
      remove: text("remove"),
      json: values.json === true,
      allowOutside: values["allow-outside"] === true,
    },
  };
}

function parseTyped(
  command: CommandName,
  argv: string[],
): { values: Record<string, unknown>; positionals: string[] } {
  const known = commands[command].options;
  const options = Object.fromEntries([
    ...known.map(
      (name) => [name, { type: optionTable[name].value === null ? "boolean" : "string" }] as const,
    ),
    ["help", { type: "boolean", short: "h" }] as const,
  ]);
  try {
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    const typed = /'(--?[^' ]+)/.exec(error instanceof Error ? error.message : "")?.[1];
    const name = typed?.replace(/^-+/, "");
    if (name !== undefined && !known.some((one) => one === name)) {
      const close = nearest(name, known);
      const advice = close ? `did you mean "--${close}"?` : `see "selmix ${command} --help".`;
      throw new UsageError(`"selmix ${command}" has no option ${typed}; ${advice}`);
    }
    const needs = name === undefined ? "" : ` --${name} needs a value;`;
    throw new UsageError(`The command line cannot be read:${needs} see "selmix ${command} --help".`);
  }
}

function checkpointOf(command: CommandName, positionals: readonly string[]): string | null {
  const [checkpoint, extra] = positionals;
  const { checkpoint: wanted, usage } = commands[command];
  const unexpected = wanted === "none" ? checkpoint : extra;
  if (unexpected !== undefined)
    throw new UsageError(`"${unexpected}" is one word too many: selmix ${usage}.`);
  if (wanted === "required" && checkpoint === undefined) {
    throw new UsageError(`Which checkpoint? Usage: selmix ${usage}.`);
  }
  return checkpoint ?? null;
}

function objectiveOf(typed: string | undefined): ObjectiveId | undefined {
  if (typed === undefined) return undefined;
  const found = objectiveIds.find((id) => id === typed);
  if (found) return found;
  const close = nearest(typed, objectiveIds);
  throw new UsageError(
    `There is no objective "${typed}"; ${close ? `did you mean "${close}"?` : `use one of ${objectiveIds.join(", ")}.`}`,
  );
}

function wholeNumber(name: string, typed: string | undefined, least: number): number | undefined {
  if (typed === undefined) return undefined;
  const value = Number(typed);
  if (typed.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} must be a whole number of at least ${least}, not "${typed}".`);
}

/** The help page of a command, or of all. */
export function helpText(command: CommandName | null): TerminalText {
  return terminalLines(helpLines(command).map(terminal.text));
}

function helpLines(command: CommandName | null): string[] {
  if (command === null) {
    const rows = commandNames.map((name) => `  ${commands[name].usage.padEnd(22)}${commands[name].summary}`);
    return [
      "SelMix tunes a trained classifier for its worst class, in seconds.",
      "",
      "Usage: selmix <command> [options]",
      "",
      ...rows,
      `  ${"policy".padEnd(22)}Decide one cycle for a training loop of your own, or write a PyTorch script that has one.`,
      "",
      '"selmix <command> --help" lists the options of a command. Settings live in selmix.json.',
      "Exit status: 0 done; 1 failed; 2 bad usage or configuration; 3 done, but a constraint does not hold; 130 stopped.",
    ];
  }
  const { usage, summary, options } = commands[command];
  const rows = options.map((name) => {
    const { value, help } = optionTable[name];
    return `  ${`--${name}${value === null ? "" : ` <${value}>`}`.padEnd(22)}${help}`;
  });
  return [`Usage: selmix ${usage} [options]`, "", summary, "", ...rows];
}
