/** Runs side by side, by group. Pure. */
import { capital, named } from "../../words/names.ts";
import type { Split } from "../../words/sets.ts";
import type { Cell, Table } from "../shared/picture.ts";
import { type FrameRow, type GroupFrame, groupFrame } from "./groupFrame.ts";
import { shownCell } from "./groupTable.ts";
import { type NamedRun, runColumn } from "./runs.ts";

/** What a row of the frame is called, whichever run it is of. */
function rowName({ kind, name }: FrameRow, label: string): string {
  if (kind === "difference") return `${label}, largest difference between groups`;
  if (kind === "ratio") return `${label}, least ratio between groups`;
  return kind === "overall" ? `${label} of all` : `${label} of ${named(name)}`;
}

/** Every rate of every group and what differs between them, where a run has groups; groups are matched by name. */
export function runsGroupsTable(runs: readonly NamedRun[], split: Split): Table {
  const frames = runs.map(({ snapshot }) => groupFrame(snapshot, split, null));
  const cells = frames.map((frame) => frame && cellsByName(frame));
  const names = [...new Set(cells.flatMap((byName) => [...(byName?.keys() ?? [])]))];
  return {
    caption:
      names.length === 0 ? "No run has groups" : `Groups, of the head that each run came to (${split})`,
    columns: [{ key: "rate", label: "Rate" }, ...runs.map(runColumn)],
    rows: names.map((name) => [
      capital(name),
      ...cells.map((byName): Cell => byName?.get(name) ?? "no such group"),
    ]),
  };
}

function cellsByName({ rows, columns }: GroupFrame): Map<string, string> {
  const entries = columns.flatMap(({ label }, at) =>
    // What differs comes first: it is what runs are compared for.
    rows
      .toSorted((a, b) => order[a.kind] - order[b.kind])
      .flatMap((row): [string, string][] => {
        const cell = row.cells[at];
        if (cell === undefined) return [];
        const { after, about, doubt } = shownCell(row, cell);
        return [
          [
            rowName(row, label),
            `${after}${about === "" ? "" : ` (${about})`}${doubt === null ? "" : `, ○ ${doubt}`}`,
          ],
        ];
      }),
  );
  return new Map(entries);
}

const order: Readonly<Record<FrameRow["kind"], number>> = { difference: 0, ratio: 1, overall: 2, group: 3 };
