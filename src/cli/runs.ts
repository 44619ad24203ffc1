/** `selmix runs`: the runs kept beside a configuration, and the end of those that are too many. */
import path from "node:path";
import { sweepUnfinished } from "../files/unfinished.ts";
import { loadProject, type Project } from "../project/load.ts";
import { sweepOwn } from "../project/ownFiles.ts";
import { reachOfProject } from "../project/paths.ts";
import { markDeadRuns, readSummary } from "../project/readRuns.ts";
import {
  defaultRetention,
  isKept,
  keepRun,
  pruneRuns,
  releaseRun,
  storedRuns,
} from "../project/retention.ts";
import { type TerminalText, terminal, terminalLines } from "../words/escape/sinks.ts";
import type { Options } from "./arguments.ts";
import { runNamed } from "./folderNamed.ts";
import type { Screen } from "./terminal.ts";
import type { Voice } from "./voice.ts";

const { text } = terminal;

interface ListedRun {
  readonly run: string;
  readonly folder: string;
  readonly state: string;
  readonly checkpoint: string;
  readonly objective: string;
  readonly startedAt: string;
  readonly bytes: number;
  readonly pinned: boolean;
  readonly used: boolean;
  readonly discarded: boolean;
}

interface Scope {
  readonly configurationPath: string;
  readonly workspace: string;
  readonly allowOutside: boolean;
}

/** Pins, prunes and lists, as asked. Throws `UsageError` for a run that is not there. */
export async function runsCommand(scope: Scope, options: Options, voice: Voice): Promise<void> {
  const project = loadProject(scope.configurationPath, scope);
  const reach = reachOfProject(project);
  markDeadRuns(project.folder, reach);
  const named = (name: string) => runNamed(name, project.path, reach);
  if (options.pin !== undefined) keepRun(named(options.pin), "pinned");
  if (options.unpin !== undefined) releaseRun(named(options.unpin), "pinned");
  const retention = { ...defaultRetention, ...(options.keep !== undefined && { runs: options.keep }) };
  const { dryRun } = options;
  const gone = options.prune ? pruneRuns(project.folder, retention, { dryRun, reach }) : [];
  const swept = options.prune && !dryRun ? [...sweepUnfinished(), ...(await sweepOwn())] : [];
  const result = {
    runs: listed(project),
    pruned: gone.map(({ folder, bytes }) => ({ folder, bytes })),
    swept,
    dryRun,
  };
  voice.result(result, (screen) => report(result, screen));
}

function listed(project: Project): ListedRun[] {
  return storedRuns(project.folder, reachOfProject(project)).flatMap(({ folder, bytes }) => {
    const run = readSummary(folder)?.run;
    if (!run) return [];
    const { state, checkpoint, objective, startedAt } = run;
    const discarded = run.discardedAt !== undefined;
    const kept = { pinned: isKept(folder, "pinned"), used: isKept(folder, "used") };
    return [
      {
        run: path.basename(folder),
        folder,
        state,
        checkpoint,
        objective,
        startedAt,
        bytes,
        ...kept,
        discarded,
      },
    ];
  });
}

interface Listing {
  readonly runs: readonly ListedRun[];
  readonly pruned: readonly { readonly bytes: number }[];
  readonly swept: readonly string[];
  readonly dryRun: boolean;
}

function report({ runs, pruned, swept, dryRun }: Listing, { paint }: Screen): TerminalText {
  const rows = runs.map(({ run, state, checkpoint, objective, bytes, ...is }) => {
    const marks = (["pinned", "used", "discarded"] as const).filter((mark) => is[mark]).join(", ");
    const told = paint(state === "failed" ? "red" : "dim", text(state));
    const about = text(`${path.basename(checkpoint)}, ${objective}  ${megabytes(bytes)}`);
    return terminal`${text(run)}  ${told}  ${about}${text(marks === "" ? "" : `  ${marks}`)}`;
  });
  const sum = (all: readonly { readonly bytes: number }[]) =>
    megabytes(all.reduce((total, { bytes }) => total + bytes, 0));
  return terminalLines([
    ...rows,
    text(`${runs.length} runs, ${sum(runs)}.`),
    ...(pruned.length > 0
      ? [text(`${dryRun ? "Would remove" : "Removed"} ${pruned.length} runs, ${sum(pruned)}.`)]
      : []),
    ...(swept.length > 0 ? [text(`Removed ${swept.length} files that killed processes left.`)] : []),
  ]);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
