import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openFeatureTable } from "../../src/features/open.ts";
import type { OpenTableOptions } from "../../src/features/options.ts";
import type { FeatureTable } from "../../src/features/table.ts";

const fixtures = path.resolve("test/fixtures/tables");
const scratch = mkdtempSync(path.join(os.tmpdir(), "selmix-parquet-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const [count, size] = [40, 5];
/** What make_tables.py wrote. */
const values = Array.from({ length: count * size }, (_, i) => (i - 50) / 8);
const columns = { labels: "dx", features: "emb*", groups: ["sex"], weights: "w" };
const open = (name: string, options: OpenTableOptions = {}) =>
  openFeatureTable(path.join(fixtures, `${name}.parquet`), { columns, ...options });

function numbersOf({ rows }: FeatureTable): number[] {
  const all = new Float32Array(rows.count * rows.size);
  rows.read(0, rows.count, all, 0);
  return [...all];
}

const textsOf = (column: FeatureTable["labels"]) =>
  [...(column?.codes ?? [])].map((code) => column?.texts?.[code] ?? "");
const labels = Array.from({ length: count }, (_, i) => ["nv", "mel", "bcc"][i % 3]);
const layouts = [
  ...["none", "snappy", "zstd", "gzip", "lz4", "brotli"],
  ...["plain-v2", "split", "double", "half", "list", "fixed-list", "category"],
];

describe("Parquet", () => {
  it.each(layouts)("is read as pyarrow wrote it: %s", async (name) => {
    const table = await open(name);
    expect([table.rows.count, table.rows.size]).toEqual([count, size]);
    expect(numbersOf(table)).toEqual(values);
    expect(textsOf(table.labels)).toEqual(labels);
    expect(table.attributes.map((attribute) => attribute.name)).toEqual(["sex"]);
    expect(textsOf(table.attributes[0] ?? null).slice(0, 5)).toEqual([
      ...["female", "female", "male", "male", "female"],
    ]);
    expect([...(table.weights ?? [])]).toEqual(Array.from({ length: count }, (_, i) => i / 4));
    table.close();
  });

  it.each(layouts)(
    "too large for memory is turned into a table once, and read by ranges: %s",
    async (name) => {
      const cache = path.join(scratch, name);
      const options = { memoryBudget: 100, cache };
      const first = await open(name, options);
      expect(numbersOf(first)).toEqual(values);
      expect(textsOf(first.labels)).toEqual(labels);
      first.close();
      const [made, ...others] = readdirSync(cache);
      expect(others).toEqual([]);
      const again = await open(name, options);
      expect(numbersOf(again)).toEqual(values);
      expect([...(again.weights ?? [])].at(-1)).toBe(39 / 4);
      again.close();
      // What is no whole table of ours is made again.
      writeFileSync(path.join(cache, made ?? ""), "cut");
      const mended = await open(name, options);
      expect(numbersOf(mended)).toEqual(values);
      mended.close();
    },
  );

  it("is refused where it is too large and nothing may be written", async () => {
    await expect(open("snappy", { memoryBudget: 100 })).rejects.toThrow(/too large for memory/);
  });

  it("numbers of labels are read as they are", async () => {
    const table = await open("numbers");
    expect(textsOf(table.labels).slice(0, 4)).toEqual(["0", "1", "2", "0"]);
  });

  it.each([
    ["missing", /no value in the column dx at row 23;/],
    ["nan", /NaN in the column emb_2 at row 23,/],
    ["ragged", /another number of values in emb at row 23 /],
  ])("says where something is wrong: %s", async (name, message) => {
    await expect(open(name)).rejects.toThrow(message);
  });

  it("says which columns there are", async () => {
    await expect(open("snappy", { columns: { ...columns, labels: "diagnosis" } })).rejects.toThrow(
      /no column diagnosis.*it has emb_0, emb_1/,
    );
  });
});
