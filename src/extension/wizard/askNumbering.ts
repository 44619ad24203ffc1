/** Asks what labels that do not count from 0 stand for, where no head says it. */
import { pick } from "../tell.ts";
import type { Roles } from "./askTables.ts";
import type { WantedHead } from "./checkpoints.ts";
import { fittingNumbering, labelsText, type Numbering, numberingItem, numberings } from "./labels.ts";
import { scoreNumbers } from "./reading.ts";
import type { FoundTable } from "./tables.ts";

/** How many classes the head has that is tuned; null where that is not known. */
export type HeadOf = (wanted: WantedHead) => Promise<number | null>;

/** Null when the user gives up; undefined where labels are texts, or call the columns of scores. */
export async function askNumbering(
  title: string,
  roles: Roles<FoundTable>,
  headOf: HeadOf,
): Promise<Numbering | null | undefined> {
  const { train } = roles;
  const columns = labelColumns(roles);
  const all = numberings(columns);
  if (all.length === 0 || areScoresCalled(train, columns)) return undefined;
  const isScores = train.reading.kind === "scores";
  const scores = train.size === 1 ? 2 : train.size;
  const minimumClasses = Math.min(...all.map(({ classes }) => classes));
  const outputs = isScores ? scores : await headOf({ featureSize: train.size, minimumClasses });
  const known = fittingNumbering(all, outputs);
  if (known) return known;
  const items = all.map((numbering) => ({ ...numberingItem(numbering, columns), numbering }));
  const picked = await pick(items, {
    title: `${title}: Labels`,
    placeHolder: `The labels of ${train.file} are ${labelsText(columns)}. What do they mean?`,
  });
  return picked?.numbering ?? null;
}

/** The labels of every table that has some. */
export function labelColumns({ train, validation, test }: Roles<FoundTable>) {
  return [train, validation, test].flatMap((table) => table?.reading.labels ?? []);
}

/** Whether p_3, p_4 and p_8 are the scores of the labels 3, 4 and 8. */
function areScoresCalled(table: FoundTable, columns: ReturnType<typeof labelColumns>): boolean {
  const called = scoreNumbers(table.survey, table.reading);
  return (
    called.length > 0 &&
    columns.every(({ numbers }) => numbers?.every((label) => called.includes(label)) === true)
  );
}
