/** What the tables of configurations hold, read once for each state of a file, and forgotten with the configuration that names it. */
import { statSync } from "node:fs";
import { surveyTable, type TableSurvey } from "../features/survey.ts";

/** Larger tables are not read to see whether their classes are named. */
const mostBytes = 128e6;

interface Known {
  /** The state of the file. */
  readonly key: string;
  readonly survey: Promise<TableSurvey | null>;
}

export class TableSurveys {
  readonly #byConfiguration = new Map<string, ReadonlyMap<string, Known>>();

  /** For one look at a configuration: what it asks for is kept for the next, what it does not ask for any more is not. */
  of(configuration: string): (table: string) => Promise<TableSurvey | null> {
    const before = this.#byConfiguration.get(configuration);
    const now = new Map<string, Known>();
    this.#byConfiguration.set(configuration, now);
    return (table) => {
      const info = statSync(table, { throwIfNoEntry: false });
      if (!info || info.size > mostBytes) return Promise.resolve(null);
      const key = `${info.size}:${info.mtimeMs}`;
      const known = before?.get(table);
      // One that cannot be read is told of when it is tuned on.
      const survey =
        known?.key === key
          ? known.survey
          : surveyTable(table, info.size, info.isDirectory()).catch(() => null);
      now.set(table, { key, survey });
      return survey;
    };
  }

  /** Forgets what no configuration that is wanted names. */
  keep(isWanted: (configuration: string) => boolean): void {
    for (const configuration of this.#byConfiguration.keys())
      if (!isWanted(configuration)) this.#byConfiguration.delete(configuration);
  }

  /** Tables of which something is kept. */
  get size(): number {
    return [...this.#byConfiguration.values()].reduce((sum, tables) => sum + tables.size, 0);
  }
}
