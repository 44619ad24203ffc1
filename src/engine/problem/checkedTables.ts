/** A problem whose tables belong to the checkpoint and not to each other. */
import path from "node:path";
import type { Project } from "../../project/load.ts";
import { isOfScores } from "../../project/paths.ts";
import { requireBelonging, seenInTraining } from "../tables/belongs.ts";
import type { CountedRows } from "../tables/buckets.ts";
import { outliersOf } from "../tables/outliers.ts";
import { type NamedSet, overlapsOf } from "../tables/overlaps.ts";
import { requireOwnLogits } from "../tables/ownLogits.ts";
import type { TableScope } from "../tables/tables.ts";
import { type Origin, originOf, requireSameBody } from "./origin.ts";
import { type Prepared, prepare } from "./prepare.ts";

export interface PreparedTables extends Prepared {
  readonly origin: Origin;
}

/**
 * Opens and checks everything for a job that reports numbers: no table may be another, and the features have to belong to
 * the checkpoint. Throws errors of one sentence each, or the signal's reason; nothing stays open then.
 */
export async function prepareTables(
  project: Project,
  checkpointPath: string,
  scope: TableScope & { readonly signal?: AbortSignal } = {},
): Promise<PreparedTables> {
  const { signal } = scope;
  const prepared = await prepare(project, checkpointPath, scope);
  try {
    const origin = await originOf(prepared, signal);
    const others = requireSameBody(prepared, origin);
    const { problem, test, proof, checkpoint, warnings } = prepared;
    const { features } = project.configuration;
    const named = (role: string, file: string, set: CountedRows) => ({
      name: `${role} (${file})`,
      path: path.resolve(project.folder, file),
      set,
      trainedOn: role === "train",
    });
    const scored = isOfScores(project);
    const sets: NamedSet[] = [
      named("train", features.train, problem.train),
      named("validation", features.validation, problem.validation),
      ...(test && features.test ? [named("test", features.test, test)] : []),
    ];
    if (proof) {
      // Rows held back are of the same file, which is no fault: only rows that stand in it twice are told of.
      const file =
        proof.heldBack === null ? path.resolve(project.folder, proof.path) : `${proof.path} (held back)`;
      const role = proof.heldBack === null ? `certify (${proof.path})` : "what is held back of validation";
      const labels = proof.cellOf.map((cell) => proof.cells[cell]?.label ?? 0);
      sets.push({
        name: role,
        path: file,
        set: { rows: proof.rows, labels },
        trainedOn: false,
        proves: true,
      });
    }
    const overlaps = overlapsOf(sets, scored);
    const doubtful = [...overlaps.warnings, ...outliersOf(sets)];
    requireOwnLogits(problem.head, prepared.opened, checkpoint.path);
    const doubts = doubtsOf(prepared, scored);
    const testIsSeen = overlaps.seen.some(({ set }) => set === test);
    return { ...prepared, origin, testIsSeen, warnings: [...warnings, ...others, ...doubtful, ...doubts] };
  } catch (error) {
    await prepared.close();
    throw error;
  }
}

/** Whether the rows of each set belong to the head. */
function doubtsOf(
  { project, problem, test, classes, checkpoint, opened }: Prepared,
  scored: boolean,
): string[] {
  const { features, tuning } = project.configuration;
  const labelled = (file: string, set: CountedRows, table: { readonly labelsAreNames: boolean }) => ({
    file,
    set,
    byName: table.labelsAreNames,
  });
  const train = labelled(features.train, problem.train, opened.train);
  const others = [
    labelled(features.validation, problem.validation, opened.validation),
    ...(test && features.test && opened.test ? [labelled(features.test, test, opened.test)] : []),
  ];
  const names = { checkpoint: checkpoint.path, classes, madeHere: features.network !== undefined, scored };
  const doubts = requireBelonging(problem.head, { train, others }, names, tuning.seed);
  if (scored) doubts.push(...seenInTraining(problem.head, train, problem.validation));
  return doubts;
}
