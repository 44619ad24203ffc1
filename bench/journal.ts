/** What a long benchmark has measured, a line of JSON each, so that it can be stopped and gone on with. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";

export class Journal<Row> {
  readonly #file: string;
  readonly #keyOf: (row: Row) => string;
  readonly #byKey = new Map<string, Row>();

  /** @param file is made when it is not there */
  constructor(file: string, schema: z.ZodType<Row>, keyOf: (row: Row) => string) {
    this.#file = file;
    this.#keyOf = keyOf;
    mkdirSync(path.dirname(file), { recursive: true });
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    for (const line of lines.filter((text) => text !== "")) {
      const row = schema.parse(JSON.parse(line));
      this.#byKey.set(keyOf(row), row);
    }
  }

  get all(): Row[] {
    return [...this.#byKey.values()];
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  add(row: Row): void {
    this.#byKey.set(this.#keyOf(row), row);
    appendFileSync(this.#file, `${JSON.stringify(row)}\n`);
  }
}
