/** The head of a point, kept as a run keeps its own: whoever uses it makes a run of it. */
import { reachOfProject } from "../../project/paths.ts";
import { RunWriter } from "../../project/runFolder.ts";
import { pointPlace } from "../../project/sweepFolder.ts";
import type { BackendRecord } from "../../protocol/records.ts";
import type { MeasuredHead } from "../measure/measured.ts";
import type { PreparedTables } from "../problem/checkedTables.ts";
import type { Answer } from "../run/calibration.ts";
import { classesOf, openingRecord, resultOf } from "../run/runRecords.ts";
import { keepChanged } from "../verdict/changed.ts";
import type { Settled } from "../verdict/settle.ts";
import type { Found } from "./answers.ts";

interface Keeping {
  /** The number of the point, from 0. */
  readonly at: number;
  readonly folder: string;
  readonly hash: string;
  readonly before: MeasuredHead;
  readonly backend: BackendRecord;
}

/** Writes a run folder into the sweep's. @param answer its head as it is to be written */
export async function keepPoint(
  point: PreparedTables,
  settled: Settled<Found>,
  answer: Answer,
  { at, folder, hash, before, backend }: Keeping,
): Promise<void> {
  const { project, checkpoint, origin, tables } = point;
  const record = openingRecord(project, checkpoint.path, { trigger: "user", pid: process.pid });
  const place = pointPlace(folder, at);
  const run = new RunWriter(project.folder, record, { reach: reachOfProject(project), place });
  try {
    const { bodyHash } = origin;
    run.update({
      checkpointHash: hash,
      bodyHash,
      tables: { ...origin.tables },
      backend,
      ...classesOf(point),
    });
    await keepChanged(run.folder, checkpoint, answer.replacements);
    const { about, closest } = settled.decision;
    const { start, bestStep, steps } = closest ?? about;
    const result = resultOf(run, point, {
      ...{ output: null, backend, before, settled, start, bestStep, steps },
      ...{ probabilities: answer.probabilities, groupTable: null, history: [], controls: [], warnings: [] },
      tables: await tables.hashes(),
      seconds: { load: 0, tune: 0, save: 0, total: 0 },
    });
    run.result(result);
    run.finish("done");
  } catch (error) {
    run.close();
    throw error;
  }
}
