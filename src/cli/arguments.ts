/** What was typed: a command with its options, or a wish for help. */
import { parseArgs } from "node:util";
import { type BoundKind, boundKinds, type ObjectiveId, objectiveIds } from "../metrics/catalogue.ts";
import { nearest } from "../project/problems.ts";
import type { TuneRequest } from "../protocol/engine.ts";
import { mostPoints } from "../protocol/sweep.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import { type CommandName, commandNames, commands, type OptionName, optionTable } from "./commandTable.ts";
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
  return {
    command,
    operand: operandOf(command, positionals),
    options: {
      config: text("config") ?? "selmix.json",
      configGiven: text("config") !== undefined,
      objective: objectiveOf(text("objective")),
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

function objectiveOf(typed: string | undefined): ObjectiveId | undefined {
  if (typed === undefined) return undefined;
  const found = objectiveIds.find((id) => id === typed);
  if (found) return found;
  const close = nearest(typed, objectiveIds);
  throw new UsageError(
    `There is no objective "${typed}"; ${close ? `did you mean "${close}"?` : `use one of ${objectiveIds.join(", ")}.`}`,
  );
}

function marginOf(typed: string | undefined): Options["margin"] {
  const found = oneOf("margin", typed, ["auto", "0"]);
  return found === "0" ? 0 : found;
}
const endings = { csv: ".csv", metrics: ".json", junit: ".xml" } as const;

/** The ending keeps a slip from writing over something else. */
function fileOf(option: keyof typeof endings, typed: string | undefined): string | undefined {
  const ending = endings[option];
  if (typed === undefined || (typed.toLowerCase().endsWith(ending) && typed.length > ending.length))
    return typed;
  throw new UsageError(`--${option} must name a file that ends in ${ending}, not "${typed}".`);
}

/** Points as a share. */
function tolerance(typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined;
  const points = Number(typed);
  if (typed.trim() !== "" && points >= 0 && points <= 100) return points / 100;
  throw new UsageError(`--tolerance must be a number of points between 0 and 100, not "${typed}".`);
}

/** "0.6,0.65": shares between 0 and 1. */
function boundList(typed: string | undefined): number[] | undefined {
  if (typed === undefined) return undefined;
  const bounds = typed.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (bounds.length <= mostPoints && bounds.every((bound) => bound >= 0 && bound <= 1)) return bounds;
  throw new UsageError(
    `--bounds must be at most ${mostPoints} shares between 0 and 1, with commas between them, not "${typed}".`,
  );
}

function pointCount(typed: string | undefined): number | undefined {
  const count = wholeNumber("points", typed, 2);
  if (count === undefined || count <= mostPoints) return count;
  throw new UsageError(`--points must be at most ${mostPoints}, not ${count}.`);
}

function oneOf<Word extends string>(
  name: string,
  typed: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (typed === undefined) return undefined;
  const found = words.find((word) => word === typed);
  if (found !== undefined) return found;
  throw new UsageError(
    `--${name} must be ${words.slice(0, -1).join(", ")} or ${words.at(-1)}, not "${typed}".`,
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
