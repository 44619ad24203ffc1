/** Runs side by side, by group. Groups are matched by name; what compares groups stands side by side for runs with the same ones alone. Pure. */
import { capital, listed, named } from "../../words/names.ts";
import type { Split } from "../../words/sets.ts";
import type { Cell, Table } from "../shared/picture.ts";
import { type FrameRow, type GroupFrame, groupFrame } from "./groupFrame.ts";
import { shownCell } from "./groupTable.ts";
import { type NamedRun, runColumn } from "./namedRuns.ts";

/** A run with groups, as it was measured. */
interface Framed {
  readonly letter: string;
  readonly frame: GroupFrame;
  readonly classes: readonly string[];
  readonly groups: readonly string[];
}

/** One rate of one row, of all runs that mean the same by it. */
interface Line {
  readonly rate: string;
  readonly row: FrameRow;
  readonly first: Framed;
  /** What it says, by the letter of the run. */
  readonly cells: Map<string, string>;
}

/** Null without groups, or without a result on the set: what it has of another is something else. */
function framedOf({ letter, snapshot }: NamedRun, split: Split): Framed | null {
  const frame = groupFrame(snapshot, split, null);
  if (frame === null || frame.split !== split) return null;
  const groups = frame.rows.filter(({ kind }) => kind === "group").map(({ name }) => name);
  return { letter, frame, groups: groups.toSorted(), classes: (snapshot.result?.classes ?? []).toSorted() };
}

/** What a row of the frame is called, whichever run it is of. */
function rowName({ kind, name }: FrameRow, rate: string): string {
  if (kind === "difference") return `${rate}, largest difference between groups`;
  if (kind === "ratio") return `${rate}, least ratio between groups`;
  return kind === "overall" ? `${rate} of all` : `${rate} of ${named(name)}`;
}

/** Rates are over classes, and what compares groups is over these too. */
function meansTheSame({ kind }: Pick<FrameRow, "kind">, one: Framed, other: Framed): boolean {
  const same = (a: readonly string[], b: readonly string[]) => JSON.stringify(a) === JSON.stringify(b);
  const comparesGroups = kind === "difference" || kind === "ratio";
  return same(one.classes, other.classes) && (!comparesGroups || same(one.groups, other.groups));
}

/** What differs comes first: it is what runs are compared for. */
const order: Readonly<Record<FrameRow["kind"], number>> = { difference: 0, ratio: 1, overall: 2, group: 3 };

function linesOf(framed: readonly Framed[]): Line[] {
  const lines: Line[] = [];
  for (const run of framed) {
    run.frame.columns.forEach(({ label: rate }, at) => {
      for (const row of run.frame.rows) {
        const cell = row.cells[at];
        if (cell === undefined) continue;
        const { after, about, doubt } = shownCell(row, cell);
        const text = `${after}${about === "" ? "" : ` (${about})`}${doubt === null ? "" : `, ○ ${doubt}`}`;
        const known = lines.find(
          (line) =>
            line.rate === rate &&
            line.row.kind === row.kind &&
            line.row.name === row.name &&
            meansTheSame(row, line.first, run),
        );
        if (known) known.cells.set(run.letter, text);
        else lines.push({ rate, row, first: run, cells: new Map([[run.letter, text]]) });
      }
    });
  }
  const rates = [...new Set(lines.map(({ rate }) => rate))];
  return lines.toSorted(
    (a, b) => rates.indexOf(a.rate) - rates.indexOf(b.rate) || order[a.row.kind] - order[b.row.kind],
  );
}

/** Why a run has nothing in a line. */
function absentText({ row, first }: Line, run: Framed | undefined): string {
  if (run === undefined) return "no groups";
  if (row.kind === "group" && !run.groups.includes(row.name)) return "no such group";
  return meansTheSame({ kind: "group" }, first, run) ? "other groups" : "other classes";
}

/** Every rate of every group and what differs between them, where a run has groups. */
export function runsGroupsTable(runs: readonly NamedRun[], split: Split): Table {
  const framed = runs.flatMap((run) => framedOf(run, split) ?? []);
  const lines = linesOf(framed);
  const several = (line: Line) =>
    lines.some((other) => other !== line && rowName(other.row, other.rate) === rowName(line.row, line.rate));
  return {
    caption:
      lines.length === 0 ? "No run has groups" : `Groups, of the head that each run came to (${split})`,
    columns: [{ key: "rate", label: "Rate" }, ...runs.map(runColumn)],
    rows: lines.map((line) => {
      const letters = [...line.cells.keys()];
      // Lines of one name are told apart by the runs that they are of.
      const whose = several(line) ? ` (as in ${listed(letters, letters.length)})` : "";
      return [
        `${capital(rowName(line.row, line.rate))}${whose}`,
        ...runs.map(
          ({ letter }): Cell =>
            line.cells.get(letter) ??
            absentText(
              line,
              framed.find((one) => one.letter === letter),
            ),
        ),
      ];
    }),
  };
}
