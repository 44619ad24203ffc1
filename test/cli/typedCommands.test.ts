/** Every command that the pages tell people to type: it is one that there is, and does what it is said to where that takes no hours. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parseCommandLine } from "../../src/cli/arguments.ts";
import { commandNames, commands, optionTable } from "../../src/cli/commandTable.ts";
import { listRunFolders } from "../../src/project/readRuns.ts";
import { listSweepFolders } from "../../src/project/sweepFolder.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeZip } from "../files/makeZip.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";
import { fillGrouped } from "../support/groupedWorkspace.ts";
import { pages, type TypedCommand, typedCommands } from "../support/typedCommands.ts";

const cli = path.resolve("dist/cli.mjs");
const all = typedCommands("selmix").filter(({ words }) => words[1] !== "<command>");
const own = all.filter((command) => command.own);
const isPolicy = ({ words }: TypedCommand) => words[1] === "policy";
const told = ({ page, line }: TypedCommand) => `${page}: ${line}`;

const policyHelp = spawnSync(process.execPath, [cli, "policy", "--help"], { encoding: "utf8" }).stdout;
const optionsOf = (text: string) =>
  [...text.matchAll(/(?<![\w-])--([a-z][\w-]*)/g)].map(([, name = ""]) => name);
const policyOptions = optionsOf(policyHelp);

it("finds what is typed", () => {
  expect(own.length).toBeGreaterThan(40);
  expect(all.length).toBeGreaterThan(own.length + 40);
  expect(policyOptions).toContain("steering");
});

it("names options that the command has", () => {
  const wrong = all.filter(({ line, words: [, name = ""] }) => {
    if (name.startsWith("--")) return name !== "--version" && name !== "--help";
    const command = commandNames.find((one) => one === name);
    const known: readonly string[] = command
      ? commands[command].options
      : name === "policy"
        ? policyOptions
        : [];
    return optionsOf(line).some((option) => option !== "help" && !known.includes(option));
  });
  expect(wrong.map(told)).toEqual([]);
});

it("is read as it stands on a line of its own", () => {
  const read = own
    .filter((command) => !isPolicy(command))
    .map(({ words }) => parseCommandLine(words.slice(1)));
  expect(read.filter((one) => one === "version" || "help" in one)).toEqual([]);
});

it("speaks of options that there are", () => {
  const scripts = ["bench", "scripts", "test/attacks", "test/fuzz", "examples", "media"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(ts|py)$/.test(file))
      .map((file) => readFileSync(path.join(folder, file), "utf8")),
  );
  const known = new Set<string>([...Object.keys(optionTable), ...policyOptions, "help", "version"]);
  const isThere = (name: string) =>
    known.has(name) ||
    scripts.some(
      (text) => text.includes(`--${name}`) || text.includes(`"${name}"`) || text.includes(`${name}:`),
    );
  const wrong = pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/(?<!`)`(--[a-z][^`]*)`/g)]
      .flatMap(([, text = ""]) => optionsOf(text))
      .filter((name) => !isThere(name))
      .map((name) => `${page}: --${name}`),
  );
  expect(wrong).toEqual([]);
});

/** Why a command is read and not run. */
const onlyRead: readonly (readonly [RegExp, string])[] = [
  [/^docs\/command-line\.md: /, "how commands are used, not what is typed"],
  [
    /^docs\/(quickstart-\w+|scores|tables)\.md: /,
    "run word for word by test/engine and test/interop/quickStarts.test.ts",
  ],
  [/: selmix watch$/, "ends when it is stopped: test/cli/watch.test.ts"],
  [/: selmix policy$/, "the name of a command that needs more"],
  [/: selmix backends --(install|remove) /, "loads 45 MB: test/engine/backends"],
  [/: selmix sweep .*--(seeds|checkpoints) /, "tunes dozens of times: test/cli/grid.test.ts, test/slurm"],
  [/: selmix tune --resume /, "goes on with a network's training: test/engine/whole.test.ts"],
];
const toRun = own.filter((command) => !onlyRead.some(([pattern]) => pattern.test(told(command))));

it("leaves out no more than it says", () => {
  expect(onlyRead.filter(([pattern]) => !own.some((command) => pattern.test(told(command))))).toEqual([]);
  expect(toRun.length).toBeGreaterThan(20);
});

let workspace: Workspace;

function run(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    cwd: workspace.folder,
    encoding: "utf8",
  });
  expect([0, 3], `selmix ${words.join(" ")}: ${stderr}`).toContain(status);
  return stdout;
}

/** The example, quickly tuned once; some pages are about more than it has. */
const quick = { "tuning.steps": 100, "tuning.controls": "none" };
const bounded = { ...quick, constraints: [{ metric: "recall", atLeast: 0.3 }] };
const settings: Readonly<Record<string, object>> = {
  "README.md": { ...bounded, confidence: 0.95 },
  "docs/ci.md": bounded,
};

/** What stands for something of the reader's own. */
function meant(word: string): string[] {
  const newest = (folders: readonly string[]) => path.basename(folders[0] ?? "");
  if (/^\[\w+\]$/.test(word)) return [];
  if (/^(<run>|\$BASELINE|2026-05-01T10-20.*)$/.test(word)) return [newest(listRunFolders(workspace.folder))];
  if (word === "<sweep>") return [newest(listSweepFolders(workspace.folder))];
  if (word === "<checkpoint>" || word === "out/best.pt") return [workspace.checkpoint];
  if (word === "<certificate>") return [`${workspace.output}.certificate.json`];
  return [word];
}

const write = (name: string, content: string | Uint8Array) =>
  writeFileSync(path.join(workspace.folder, name), content);

function writeNpz(
  name: string,
  arrays: Record<string, readonly [number[], Float32Array | Int32Array]>,
): void {
  const members = Object.entries(arrays).map(([array, [shape, numbers]]) => ({
    name: `${array}.npy`,
    bytes: makeNpy(numbers instanceof Int32Array ? "<i4" : "<f4", shape, new Uint8Array(numbers.buffer)),
  }));
  write(name, makeZip(members));
}

/** What a loop of the user's own saves: validation's features, and the head. */
function layLoop(): void {
  const features = Float32Array.from({ length: 80 }, (_unused, at) => Math.sin(at));
  const labels = Int32Array.from({ length: 40 }, (_unused, row) => row % 2);
  writeNpz("validation.npz", { features: [[40, 2], features], labels: [[40], labels] });
  writeNpz("head.npz", {
    "fc.weight": [[2, 2], Float32Array.of(1, 0, 0, 1)],
    "fc.bias": [[2], new Float32Array(2)],
  });
  const tables = { train: "validation.npz", validation: "validation.npz" };
  write("selmix.json", JSON.stringify({ checkpoints: ["head.npz"], features: tables, objective: "hMean" }));
}

/** A checkpoint and tables with the attribute sex. */
function layGroups(): void {
  const names = { features: "features", labels: "labels", groups: "groups:sex" };
  const features = { train: "features/train.npz", validation: "features/val.npz", test: "features/test.npz" };
  fillGrouped(workspace.folder, { names });
  const tuning = { steps: 100, controls: "none" };
  write(
    "selmix.json",
    JSON.stringify({ checkpoints: ["checkpoints/*.pt"], features, objective: "minRecall", tuning }),
  );
}

/** Lays out what a command is about, where that is more than the example has. */
function lay(words: readonly string[]): void {
  if (words.includes("--steering")) layLoop();
  if (words.includes("--attribute")) layGroups();
}

/** In the order of the page, but that a certificate is looked at while it is there, and what takes a copy away comes last. */
const turns: Readonly<Record<string, number>> = { verify: -1, discard: 1 };
const inTurn = (page: string) =>
  toRun
    .filter((command) => command.page === page)
    .map((command) => ({ ...command, turn: turns[command.words[1] ?? ""] ?? 0 }))
    .toSorted((a, b) => a.turn - b.turn);

describe.each([...new Set(toRun.map(({ page }) => page))])("%s", (page) => {
  afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

  it("says what can be typed", () => {
    workspace = exampleWorkspace({ ...(settings[page] ?? quick) });
    run("tune");
    for (const { words } of inTurn(page)) {
      const typed = words.slice(1).flatMap(meant);
      lay(words);
      const printed = run(...typed);
      if (words.includes("--json")) expect(() => JSON.parse(printed)).not.toThrow();
      const written = words.filter((_word, at) =>
        /^--(output|junit|script|state)$/.test(words[at - 1] ?? ""),
      );
      expect(readdirSync(workspace.folder)).toEqual(expect.arrayContaining(written));
    }
  }, 300_000);
});
