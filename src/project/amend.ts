/** What becomes of a run after its end: a person uses its head, or discards it. */
import path from "node:path";
import { remove } from "../files/direct.ts";
import { replaceFile } from "../files/replace.ts";
import type { RunRecord, RunSummary } from "../protocol/records.ts";
import { runInShort } from "./inShort.ts";
import { readRunRecord, readSummary } from "./readRuns.ts";
import { runFiles, writeRecord } from "./runFolder.ts";

/** Changes what a run that has ended says of its copies, in its record and for lists. */
export function amendRun(runFolder: string, change: Pick<RunRecord, "copies" | "discardedAt">): void {
  const record = readRunRecord(runFolder);
  const summary = readSummary(runFolder);
  if (!record || !summary) return;
  const amended: RunRecord = { ...record, ...change };
  const file = path.join(runFolder, runFiles.summary);
  // Without it readers look at the record, which is the truth.
  remove(file);
  writeRecord(runFolder, amended);
  const short: RunSummary = { ...summary, run: runInShort(amended) };
  replaceFile(file, JSON.stringify(short), { flush: false });
}
