/** What a command makes for the user as a file, where they want it: in the place of nothing, or of a file of ours. */
import path from "node:path";
import { isSameFile } from "../engine/run/output.ts";
import { writeAtomically, writeFully } from "../files/atomic.ts";
import type { Project } from "../project/load.ts";
import { ownGate, requireOurs } from "../project/ownFiles.ts";
import { allTablesOf } from "../project/tables.ts";
import type { Markdown } from "../words/escape/markdown.ts";
import type { CsvText, Html } from "../words/escape/sinks.ts";
import { UsageError } from "./usageError.ts";

export interface Saving {
  /** Whether a file that is not ours may be replaced. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
}

/** Text that is escaped for the file it goes to, or a value for a JSON file. */
export type FileContent = CsvText | Html | Markdown | object;

/** A file that an option asks for. */
export interface Wanted {
  /** As it is typed: "--csv". */
  readonly option: string;
  readonly file: string;
}

/** What an option names, from where the command was typed; null where it was not typed. */
export function wanted(option: string, typed: string | undefined): Wanted | null {
  return typed === undefined ? null : { option, file: path.resolve(typed) };
}

/**
 * Whether a file may go there, before anything is measured for it. Throws `UsageError` where it is a file that is read, and
 * `NotOursError` where a file is there that we did not write, unless it is to be replaced.
 */
export async function checkPlace(
  { option, file }: Wanted,
  project: Project,
  { replace, signal }: Saving,
): Promise<void> {
  const source = [project.path, ...allTablesOf(project)].find((one) => isSameFile(one, file));
  if (source !== undefined) {
    throw new UsageError(
      `${option} ${file} is ${source}, which SelMix reads and never overwrites; name another file.`,
    );
  }
  if (!replace) await requireOurs(file, signal);
}

/** Writes it, and remembers that it is ours. */
export async function saveFile(
  file: string,
  content: FileContent,
  { replace, signal }: Saving,
): Promise<void> {
  const gate = ownGate(replace, signal);
  const text = typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`;
  await writeAtomically(file, (handle) => writeFully(handle, Buffer.from(text), 0), { signal, gate });
}
