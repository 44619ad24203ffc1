/** What was typed: a command with its options, or a wish for help. */
import { parseArgs } from "node:util";
import { type BoundKind, boundKinds, type ObjectiveId } from "../metrics/catalogue.ts";
import { nearest } from "../project/problems.ts";
import type { TuneRequest } from "../protocol/engine.ts";
import { type SchedulerName, schedulerNames } from "../protocol/grid.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import { type CommandName, commandNames, commands, type OptionName, optionTable } from "./commandTable.ts";
import {
  boundList,
  drawCount,
  fileOf,
  marginOf,
  objectiveList,
  objectiveOf,
  oneOf,
  pointCount,
  seedList,
  tolerance,
  wholeNumber,
} from "./typed.ts";
import { UsageError } from "./usageError.ts";

export interface Options {
  readonly config: string;
  /** Whether --config was typed. */
  readonly configGiven: boolean;
  readonly objective?: ObjectiveId;
  readonly backend?: string;
  readonly threads?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly prior?: NonNullable<TuneRequest["prior"]>;
  readonly margin?: NonNullable<TuneRequest["margin"]>;
  readonly calibrate?: true;
  readonly groupsAtPrediction?: true;
  /** The bound that is swept: metric, class, whose groups, and which way it bounds. */
  readonly metric?: string;
  readonly class?: string;
  readonly attribute?: string;
  readonly kind?: BoundKind;
  /** Bounds to sweep, as shares, or how many. */
  readonly bounds?: number[];
  readonly points?: number;
  /** Axes of a grid: objectives, checkpoints by a glob, seeds, and how many draws of validation. */
  readonly objectives?: ObjectiveId[];
  readonly checkpoints?: string;
  readonly seeds?: number[];
  readonly draws?: number;
  /** How many work on it at once, and who starts them. */
  readonly workers?: number;
  readonly on?: SchedulerName;
  /** The folder of a grid to work on. */
  readonly work?: string;
  /** A point whose head is written, counted from 1: of the sweep that is made, or of one that is named. */
  readonly use?: number;
  readonly point?: number;
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
  /** File to write to. */
  readonly output?: string;
  /** A backend to install first. */
  readonly install?: string;
  /** A backend to remove first. */
  readonly remove?: string;
  /** File for an evaluation as a table. */
  readonly csv?: string;
  /** File for what was measured as flat numbers. */
  readonly metrics?: string;
  /** An earlier run to be held against, and by how many points values may fall. */
  readonly baseline?: string;
  readonly tolerance?: number;
  /** File for checks as JUnit XML. */
  readonly junit?: string;
  readonly html: boolean;
  readonly md: boolean;
  readonly json: boolean;
  readonly allowOutside: boolean;
}

export interface Invocation {
  readonly command: CommandName;
  /** The checkpoint or the run that is named. */
  readonly operand: string | null;
  readonly options: Options;
}

/** What was typed: a command to run, a help page to print, or the question for the version. Throws `UsageError`. */
export function parseCommandLine(
  argv: readonly string[],
): Invocation | { readonly help: CommandName | null } | "version" {
  const [first, ...rest] = argv;
  if (first === "--version") return "version";
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
  const objective = text("objective");
  return {
    command,
    operand: operandOf(command, positionals),
    options: {
      config: text("config") ?? "selmix.json",
      configGiven: text("config") !== undefined,
      objective: objective === undefined ? undefined : objectiveOf(objective),
      backend: text("backend"),
      threads: wholeNumber("threads", text("threads"), 1),
      steps: wholeNumber("steps", text("steps"), 1),
      seed: wholeNumber("seed", text("seed"), 0),
      prior: oneOf("prior", text("prior"), ["validation", "train", "test"]),
      margin: marginOf(text("margin")),
      ...(values.calibrate === true && { calibrate: true }),
      ...(values["groups-at-prediction"] === true && { groupsAtPrediction: true }),
      metric: text("metric"),
      class: text("class"),
      attribute: text("attribute"),
      kind: oneOf("kind", text("kind"), boundKinds),
      bounds: boundList(text("bounds")),
      points: pointCount(text("points")),
      objectives: objectiveList(text("objectives")),
      checkpoints: text("checkpoints"),
      seeds: seedList(text("seeds")),
      draws: drawCount(text("draws")),
      workers: wholeNumber("workers", text("workers"), 1),
      on: oneOf("on", text("on"), schedulerNames),
      work: text("work"),
      use: wholeNumber("use", text("use"), 1),
      point: wholeNumber("point", text("point"), 1),
      resume: text("resume"),
      output: text("output"),
      replace: values.replace === true,
      workspacePackages: values["workspace-packages"] === true,
      prune: values.prune === true,
      dryRun: values["dry-run"] === true,
      keep: wholeNumber("keep", text("keep"), 1),
      pin: text("pin"),
      unpin: text("unpin"),
      install: text("install"),
      remove: text("remove"),
      csv: fileOf("csv", text("csv")),
      metrics: fileOf("metrics", text("metrics")),
      baseline: text("baseline"),
      tolerance: tolerance(text("tolerance")),
      junit: fileOf("junit", text("junit")),
      html: values.html === true,
      md: values.md === true,
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

function operandOf(command: CommandName, positionals: readonly string[]): string | null {
  const [operand, extra] = positionals;
  const { operand: wanted, usage } = commands[command];
  const unexpected = wanted === null ? operand : extra;
  if (unexpected !== undefined)
    throw new UsageError(`"${unexpected}" is one word too many: selmix ${usage}.`);
  if (wanted?.required && operand === undefined) {
    throw new UsageError(`Which ${wanted.what}? Usage: selmix ${usage}.`);
  }
  return operand ?? null;
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
      "Exit status: 0 done; 1 failed; 2 bad usage or configuration; 3 done, but nothing that should be used, or a constraint does not hold; 130 stopped.",
    ];
  }
  const { usage, summary, options } = commands[command];
  const rows = options.map((name) => {
    const { value, help } = optionTable[name];
    return `  ${`--${name}${value === null ? "" : ` <${value}>`}`.padEnd(24)}${help}`;
  });
  return [`Usage: selmix ${usage} [options]`, "", summary, "", ...rows];
}
