/** `selmix policy`: one cycle's decision for a training loop of the user's own, and the script that has such a loop. */

import { parseArgs } from "node:util";
import { type PolicyAnswer, type PolicyRequest, policyJob } from "../engine/policy/policyJob.ts";
import { type PolicyRecording, stopRun } from "../engine/policy/policyRun.ts";
import { metricName, type ObjectiveId, objectiveIds } from "../metrics/catalogue.ts";
import { missedText } from "../words/constraints.ts";
import { type TerminalText, terminal, terminalJson, terminalLines } from "../words/escape/sinks.ts";
import { valueText } from "../words/metricValues.ts";
import { named } from "../words/names.ts";
import { percent, significant } from "../words/numbers.ts";
import { UsageError } from "./usageError.ts";

const options = {
  steering: {
    type: "string",
    value: "table",
    help: "validation features [N,d] and labels [N] of the network as it stands",
  },
  head: { type: "string", value: "checkpoint", help: "a checkpoint with the last layer as it stands" },
  objective: { type: "string", value: "id", help: `what to raise: ${objectiveIds.join(", ")}` },
  config: {
    type: "string",
    value: "file",
    help: "selmix.json, for objective, constraints and names (default: none)",
  },
  state: { type: "string", value: "file", help: "memory between the calls of a run; made when missing" },
  "train-counts": { type: "string", value: "n,n,...", help: "training samples of each class" },
  test: { type: "string", value: "table", help: "test features, reported and never used to decide" },
  record: {
    type: "string",
    value: "checkpoint",
    help: "keep a run folder beside selmix.json, for a run from this checkpoint",
  },
  step: { type: "string", value: "n", help: "with --record: steps done" },
  steps: { type: "string", value: "n", help: "with --record: steps in all" },
  "cycle-steps": { type: "string", value: "n", help: "with --record: steps until the next call" },
  rate: { type: "string", value: "x", help: "with --record: the head's learning rate until then" },
  device: {
    type: "string",
    value: "text",
    help: 'with --record: what trains, for example "PyTorch on cuda:0"',
  },
  output: {
    type: "string",
    value: "file",
    help: "with --record, at the last call: the tuned file, which holds this head",
  },
  stop: {
    type: "boolean",
    value: null,
    help: "with --state: training has stopped, so end its recorded run unless it has ended",
  },
  script: {
    type: "string",
    value: "file",
    help: "write a PyTorch script that fine-tunes the whole network, and stop",
  },
  json: {
    type: "boolean",
    value: null,
    help: "print one JSON object: multipliers, gain, policy and metrics",
  },
  help: { type: "boolean", value: null, help: "print this" },
} as const;
type Values = Partial<Record<keyof typeof options, string | boolean>>;

const help = [
  "Usage: selmix policy --steering <table> --head <checkpoint> [options]",
  "",
  "Decide one cycle for a training loop of your own: which pairs of classes to mix, and how much each is worth.",
  "",
  ...Object.entries(options).map(
    ([name, { value, help: text }]) =>
      `  ${`--${name}${value === null ? "" : ` <${value}>`}`.padEnd(24)}${text}`,
  ),
];

/** Runs the command and returns what it prints. Throws `UsageError` and errors of one sentence. */
export async function policyCommand(argv: readonly string[]): Promise<TerminalText> {
  const values = parsed(argv);
  if (values.help) return terminalLines(help.map(terminal.text));
  const script = text(values, "script");
  if (script !== undefined) {
    const { writeTrainingScript } = await import("../engine/policy/trainingScript.ts");
    const configurationPath = text(values, "config") ?? "selmix.json";
    writeTrainingScript(script, { configurationPath, objective: objectiveOf(values) });
    const told = `Wrote ${script}: adapt its function "load" to your network and data, then run it with Python.`;
    return terminalLines([terminal.text(told)]);
  }
  if (values.stop) {
    const state = text(values, "state");
    if (state === undefined) throw new UsageError("--stop needs --state, which knows the run.");
    stopRun(state);
    return terminal``;
  }
  const answer = await policyJob(requestOf(values));
  return values.json ? terminalJson(answer) : summary(answer);
}

function parsed(argv: readonly string[]): Values {
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(".")[0] : String(error);
    throw new UsageError(`${reason}; see "selmix policy --help".`);
  }
}

function requestOf(values: Values): PolicyRequest {
  const [steering, head] = [text(values, "steering"), text(values, "head")];
  if (steering === undefined || head === undefined) {
    throw new UsageError('Both --steering and --head are needed; see "selmix policy --help".');
  }
  const counts = text(values, "train-counts");
  return {
    steering,
    head,
    configurationPath: text(values, "config"),
    objective: objectiveOf(values),
    state: text(values, "state"),
    test: text(values, "test"),
    ...(counts !== undefined && {
      trainCounts: counts.split(",").map((each) => count("train-counts", each)),
    }),
    ...(values.record !== undefined && { record: recordingOf(values) }),
  };
}

function recordingOf(values: Values): PolicyRecording {
  const needed = (name: keyof Values) => {
    const value = text(values, name);
    if (value === undefined)
      throw new UsageError(`--record needs --${name} too; see "selmix policy --help".`);
    return value;
  };
  if (text(values, "config") === undefined || text(values, "state") === undefined) {
    throw new UsageError("--record needs --config, beside which the run folder lies, and --state.");
  }
  const learningRate = Number(needed("rate"));
  if (!(learningRate >= 0)) throw new UsageError(`--rate must be a number, not "${values.rate}".`);
  return {
    checkpoint: needed("record"),
    step: count("step", needed("step")),
    steps: count("steps", needed("steps")),
    cycleSteps: count("cycle-steps", needed("cycle-steps")),
    learningRate,
    pid: process.ppid,
    device: text(values, "device") ?? "your own script",
    output: text(values, "output"),
  };
}

function objectiveOf(values: Values): ObjectiveId | undefined {
  const typed = text(values, "objective");
  // The script for training says nothing where selmix.json says more than a name.
  if (typed === undefined || typed === "") return undefined;
  const found = objectiveIds.find((id) => id === typed);
  if (!found)
    throw new UsageError(`There is no objective "${typed}"; use one of ${objectiveIds.join(", ")}.`);
  return found;
}

function text(values: Values, name: keyof Values): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

function count(name: string, typed: string): number {
  const value = Number(typed);
  if (typed.trim() === "" || !Number.isSafeInteger(value) || value < 0) {
    throw new UsageError(`--${name} must be whole numbers, not "${typed}".`);
  }
  return value;
}

/** For people: the value, and the pairs worth most. */
function summary({
  objective,
  value,
  feasible,
  buckets,
  gain,
  policy,
  positiveGains,
}: PolicyAnswer): TerminalText {
  const pairs = buckets
    .flatMap((first, i) =>
      buckets.map((second, j) => ({ first, second, share: policy[i]?.[j] ?? 0, worth: gain[i]?.[j] ?? 0 })),
    )
    .sort((a, b) => b.share - a.share)
    .slice(0, 10)
    .map(
      ({ first, second, share, worth }) =>
        `  ${percent(share, 1).padStart(7)}  ${named(first.name)} with ${named(second.name)} (gain ${significant(worth)})`,
    );
  const limit = feasible ? "" : `, ${missedText(feasible)}`;
  const lines = [
    `${metricName(objective)} on validation: ${valueText(objective, value, 2)}${limit}`,
    `${positiveGains} of ${buckets.length ** 2} pairs are predicted to help; most often:`,
    ...pairs,
  ];
  return terminalLines(lines.map(terminal.text));
}
