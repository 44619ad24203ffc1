/** Which body the feature tables come from: features belong to a checkpoint, and its head alone may change under them. */
import { statSync } from "node:fs";
import path from "node:path";
import type { Checkpoint } from "../../checkpoints/checkpoint.ts";
import type { Project } from "../../project/load.ts";
import { ownHash } from "../../project/ownFiles.ts";
import { listRunFolders, readRunRecord } from "../../project/readRuns.ts";
import type { RunRecord } from "../../protocol/records.ts";
import { duration } from "../../words/numbers.ts";
import { isExpected, JobError, StaleFeaturesError } from "../errors.ts";
import { bodyOf } from "../tables/body.ts";
import type { TableHashes } from "../tables/tableHashes.ts";
import type { NumberedTable, TableScope, Tables } from "../tables/tables.ts";
import { type Prepared, prepare } from "./prepare.ts";

/** What a run writes down of its checkpoint's body and its tables. */
export interface Origin {
  /** Null where it cannot be told. */
  readonly bodyHash: string | null;
  readonly tables: TableHashes;
}

type Opened = Pick<Prepared, "project" | "checkpoint" | "location" | "opened">;

/** What there is to know, with the runs that knew before, the newest first. */
interface Known extends Origin {
  readonly earlier: readonly RunRecord[];
  /** Seconds from the last writing of the tables to that of the checkpoint. */
  readonly savedAfter: number;
}

/** Files that were copied or checked out together differ by less. */
const togetherSeconds = 60;

/** What there is to know of a checkpoint's body and its tables. Throws as the reading of tables does. */
export async function originOf(
  { project, checkpoint, location, tables, opened }: Prepared,
  signal?: AbortSignal,
): Promise<Known> {
  const written = tablesOf(opened).map(([, table]) => writtenAt(table.path));
  return {
    savedAfter: (writtenAt(checkpoint.path) - Math.max(...written)) / 1000,
    bodyHash: await bodyOf(checkpoint, location, signal),
    tables: await tables.hashes(signal),
    earlier: listRunFolders(project.folder).flatMap((run) => readRunRecord(run) ?? []),
  };
}

/**
 * Refuses tables that say they were made with another body. Returns a sentence for those that do not say it, and that an earlier
 * run used with another.
 * @throws JobError naming the table
 */
export function requireSameBody({ checkpoint, opened: tables }: Opened, origin: Known): string[] {
  const body = origin.bodyHash;
  if (body === null) return unknownBody(checkpoint, tables);
  const foreign = stampedOtherwise(tables, body);
  if (foreign) throw new JobError(madeElsewhere(foreign.path, checkpoint.path));
  const unsaid = unstamped(tables);
  const other = origin.earlier.find((run) => isOtherBody(run, body) && shares(run, origin, unsaid));
  if (unsaid.length === 0) return [];
  if (!other) return savedLater(checkpoint, origin, unsaid);
  return [
    `The features do not say which checkpoint they were made with, and ${path.basename(other.checkpoint)}, whose body is another than that of ${checkpoint.path}, was used with the same ones: export them again, unless they are those of this checkpoint.`,
  ];
}

/** A sentence for a checkpoint that was saved after its features were written, where no run says that they go together. */
function savedLater({ path: file }: Checkpoint, origin: Known, unsaid: readonly string[]): string[] {
  const { savedAfter, bodyHash, earlier } = origin;
  const isVouchedFor = earlier.some((run) => run.bodyHash === bodyHash && shares(run, origin, unsaid));
  if (savedAfter < togetherSeconds || isVouchedFor) return [];
  return [
    `The features do not say which checkpoint they were made with, and ${file} was saved ${duration(savedAfter)} after they were written: export them again, unless its body has stayed the same since then.`,
  ];
}

/** Milliseconds since the epoch; the beginning of time where there is no such file. */
function writtenAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * Refuses to tune a checkpoint by itself, because it was saved, where nothing says how to make its features and those at hand are
 * another's. Whatever else is wrong with it, its tune says.
 * @throws StaleFeaturesError, or the signal's reason
 */
export async function requireFreshFeatures(
  project: Project,
  checkpoint: string,
  scope: TableScope & { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { command, network } = project.configuration.features;
  if (command || network) return;
  const prepared = await prepare(project, checkpoint, scope).catch((error: unknown) => {
    if (isExpected(error)) return null;
    throw error;
  });
  try {
    if (prepared) requireFresh(prepared, await originOf(prepared, scope.signal));
  } finally {
    await prepared?.close();
  }
}

/** Refuses to tune by itself what we wrote: the copy of another configuration, say. Throws `JobError`, or the signal's reason. */
export async function requireAnothers(checkpoint: string, signal?: AbortSignal): Promise<void> {
  if ((await ownHash(checkpoint, signal)) === null) return;
  throw new JobError(`${checkpoint} is a copy that SelMix wrote, so it is not tuned by itself.`);
}

/** Refuses tables that say they were made with another body, or that were last used with another. */
function requireFresh({ project, checkpoint, opened: tables }: Opened, origin: Known): void {
  const body = origin.bodyHash;
  if (body === null) return;
  const unsaid = unstamped(tables);
  const last = origin.earlier.find((run) => run.bodyHash != null && shares(run, origin, unsaid));
  const stale = stampedOtherwise(tables, body) ?? (last && isOtherBody(last, body) ? tables.train : null);
  if (!stale) return;
  throw new StaleFeaturesError(
    `${checkpoint.path} is not tuned by itself: its body is another than the one that ${stale.path} was made with, and ${path.basename(project.path)} does not say how to make features; export them again, or let features.command do it.`,
  );
}

function madeElsewhere(table: string, checkpoint: string): string {
  return `${table} was made from another checkpoint's body than that of ${checkpoint}; export the features again with this checkpoint.`;
}

function unknownBody({ path: file }: Checkpoint, tables: Tables): string[] {
  const stamped = tablesOf(tables).some(([, { bodyHash }]) => bodyHash !== null);
  return stamped
    ? [`${file} has no body that can be compared, so whether its features belong to it is not checked.`]
    : [];
}

function stampedOtherwise(tables: Tables, body: string): NumberedTable | null {
  const found = tablesOf(tables).find(([, table]) => table.bodyHash !== null && table.bodyHash !== body);
  return found?.[1] ?? null;
}

/** The roles of tables that do not say what they were made with. */
function unstamped(tables: Tables): string[] {
  return tablesOf(tables).flatMap(([role, { bodyHash }]) => (bodyHash === null ? [role] : []));
}

function isOtherBody(run: RunRecord, body: string): boolean {
  return run.bodyHash != null && run.bodyHash !== body;
}

/** Whether a run used one of these tables, whatever it was called then. */
function shares(run: RunRecord, origin: Origin, roles: readonly string[]): boolean {
  const used = new Set(Object.values(run.tables ?? {}));
  return roles.some((role) => used.has(origin.tables[role] ?? ""));
}

function tablesOf(tables: Tables): [string, NumberedTable][] {
  return Object.entries(tables).flatMap(([role, table]): [string, NumberedTable][] =>
    table ? [[role, table]] : [],
  );
}
