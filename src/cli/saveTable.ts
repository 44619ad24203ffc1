/** A table of what was measured, where the user wants it: in the place of nothing, or of a file of ours. */
import { isSameFile } from "../engine/output.ts";
import { writeAtomically, writeFully } from "../files/atomic.ts";
import type { Project } from "../project/load.ts";
import { ownGate, requireOurs } from "../project/ownFiles.ts";
import { allTablesOf } from "../project/tables.ts";
import type { CsvText } from "../words/escape/sinks.ts";
import { UsageError } from "./usageError.ts";

export interface Saving {
  /** Whether a file that is not ours may be replaced. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
}

/**
 * Whether a table may go there, before anything is measured for it. Throws `UsageError` where it is a file that is read, and
 * `NotOursError` where a file is there that we did not write, unless it is to be replaced.
 */
export async function checkPlace(file: string, project: Project, { replace, signal }: Saving): Promise<void> {
  const source = [project.path, ...allTablesOf(project)].find((one) => isSameFile(one, file));
  if (source !== undefined) {
    throw new UsageError(
      `--csv ${file} is ${source}, which SelMix reads and never overwrites; name another file.`,
    );
  }
  if (!replace) await requireOurs(file, signal);
}

/** Writes it, and remembers that it is ours. */
export async function saveTable(file: string, content: CsvText, { replace, signal }: Saving): Promise<void> {
  const gate = ownGate(replace, signal);
  await writeAtomically(file, (handle) => writeFully(handle, Buffer.from(content), 0), { signal, gate });
}
