/** Asks which table is which, and what in them is what, where neither names nor content say so. */
import path from "node:path";
import { type Item, pick, warn } from "../tell.ts";
import { browse, browseItem } from "./browse.ts";
import type { TableRole } from "./newConfiguration.ts";
import type { Said } from "./reading.ts";
import { type FoundSet, guessRoles } from "./suggest.ts";
import { asScores, asTable, type FoundTable, type Surveyed, surveyed } from "./tables.ts";

export type Roles<Found extends FoundSet> = Readonly<Record<"train" | "validation", Found>> &
  Readonly<Partial<Record<TableRole, Found>>>;

const tableFilter = { "Feature tables": ["safetensors", "npz", "csv", "tsv", "parquet"] };

/** A way to show a set that was not found. */
export interface Showing<Found> {
  readonly item: Item;
  /** What the user shows, relative to the folder; null where nothing. */
  browse(title: string): Promise<string | null>;
  /** Null where it is no such set. */
  open(file: string): Promise<Found | null>;
  /** What is said of one that is none, behind its name. */
  readonly refusal: string;
}

/** The tables of training and validation, and of what else there is; null when the user gives up. */
export async function askTables(
  folder: string,
  title: string,
  tables: readonly FoundTable[],
): Promise<Roles<FoundTable> | null> {
  const said = await askColumns(title, tables);
  if (!said) return null;
  const ofScores = tables.some(({ reading }) => reading.kind === "scores");
  const read = (one: Surveyed) => {
    const table = asTable(one, said);
    return table && ofScores ? (asScores(table) ?? table) : table;
  };
  const isSaid = said.rows !== undefined || said.labels !== undefined;
  const again = (table: FoundTable) => (table.metadata === null && isSaid ? (read(table) ?? table) : table);
  const show: Showing<FoundTable> = {
    item: browseItem,
    browse: (question) => browse(folder, question, tableFilter),
    async open(file) {
      const found = await surveyed(folder, file);
      return found && read(found);
    },
    refusal: "cannot be read as a table with labels: it needs a row of numbers and a class for each sample",
  };
  return askRoles(title, "The feature table of the", tables.map(again), [show]);
}

/** What is meant where several arrays could be; null when the user gives up. */
async function askColumns(title: string, tables: readonly FoundTable[]): Promise<Said | null> {
  const unclear = (what: "rows" | "labels") => tables.find(({ reading }) => reading.open[what].length > 1);
  let said: Said = {};
  for (const [what, question] of [
    ["rows", "holds what enters the last layer"],
    ["labels", "holds the class of each sample"],
  ] as const) {
    const table = unclear(what);
    if (!table) continue;
    const widths = new Map(table.survey.columns.map((column) => [column.name, columnText(column)]));
    const items = table.reading.open[what].map((name) => ({
      label: name,
      description: widths.get(name) ?? "",
      name,
    }));
    const picked = await pick(items, {
      title: `${title}: Columns`,
      placeHolder: `Which of ${path.posix.basename(table.metadata?.file ?? table.file)} ${question}`,
    });
    if (!picked) return null;
    said = { ...said, [what]: picked.name };
  }
  return said;
}

function columnText(column: FoundTable["survey"]["columns"][number]): string {
  if (column.kind === "numbers") return `${column.width} numbers in a row`;
  const examples = column.texts?.slice(0, 4).join(", ");
  return `${column.distinct} different${examples === undefined ? "" : `: ${examples}`}`;
}

/** Which set is which: by their names, and by asking for what these do not say. */
export async function askRoles<Found extends FoundSet>(
  title: string,
  what: string,
  sets: readonly Found[],
  ways: readonly Showing<Found>[],
): Promise<Roles<Found> | null> {
  const roles = guessRoles(sets);
  const labelled = sets.filter(({ classes }) => classes !== null);
  const free = labelled.filter((set) => set !== roles.validation && set !== roles.test);
  const ask = (set: string, from: readonly Found[]) =>
    askSet(`${title}: Features`, `${what} ${set}`, from, ways);
  const train = roles.train ?? (await ask("training set", free));
  if (!train) return null;
  const others = labelled.filter((set) => set.file !== train.file && set.size === train.size);
  const validation = roles.validation ?? (await ask("validation set", others));
  if (!validation) return null;
  const taken = [train.file, validation.file];
  const rest = (["test", "unlabeled"] satisfies TableRole[]).flatMap((role) => {
    const set = roles[role];
    const fits = set !== undefined && set.size === train.size && !taken.includes(set.file);
    return fits ? [[role, set] as const] : [];
  });
  const found: Partial<Record<TableRole, Found>> = Object.fromEntries(rest);
  return { ...found, train, validation };
}

async function askSet<Found extends FoundSet>(
  title: string,
  placeHolder: string,
  sets: readonly Found[],
  ways: readonly Showing<Found>[],
): Promise<Found | null> {
  const found = sets.map((set) => ({
    label: path.posix.basename(set.file),
    description: set.file,
    detail: set.detail,
    ...{ set, way: null },
  }));
  const shown = ways.map((way) => ({ ...way.item, set: null, way }));
  const picked = await pick([...found, ...shown], { title, placeHolder });
  if (!picked) return null;
  if (picked.way === null) return picked.set;
  const file = await picked.way.browse(placeHolder);
  if (file === null) return null;
  const set = await picked.way.open(file);
  if (set && set.classes !== null) return set;
  void warn(`${file} ${picked.way.refusal}.`);
  return askSet(title, placeHolder, sets, ways);
}
