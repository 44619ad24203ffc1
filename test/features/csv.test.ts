import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openFeatureTable } from "../../src/features/open.ts";
import type { OpenTableOptions } from "../../src/features/options.ts";
import { parseNumber } from "../../src/features/records/numberText.ts";
import type { FeatureTable } from "../../src/features/table.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeZip } from "../files/makeZip.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;

function save(content: string | Uint8Array, ending = "csv"): string {
  const file = path.join(folder, `${++made}.${ending}`);
  writeFileSync(file, content);
  return file;
}

const open = (content: string, options: OpenTableOptions = {}) => openFeatureTable(save(content), options);

function numbersOf({ rows }: Pick<FeatureTable, "rows">): number[] {
  const all = new Float32Array(rows.count * rows.size);
  rows.read(0, rows.count, all, 0);
  return [...all];
}

const textsOf = (column: FeatureTable["labels"]) =>
  [...(column?.codes ?? [])].map((code) => column?.texts?.[code] ?? "");

describe("CSV", () => {
  it.each([
    ["commas", "a,b,label\n1,2,x\n3,4,y\n"],
    ["semicolons and no last line end", "a;b;label\r\n1;2;x\r\n3;4;y"],
    ["tabs, a byte order mark, old line ends", "\ufeffa\tb\tlabel\r1\t2\tx\r3\t4\ty\r"],
    ["quotes and empty lines", '"a","b","label"\n"1"," 2","x"\n\n3,4,"y"\n\n'],
  ])("is read: %s", async (_, text) => {
    const table = await open(text);
    expect(numbersOf(table)).toEqual([1, 2, 3, 4]);
    expect(table.names).toEqual(["a", "b"]);
    expect(textsOf(table.labels)).toEqual(["x", "y"]);
  });

  it("keeps what stands in quotes", async () => {
    const table = await open('f,"the, label"\n1,"a ""b"",\nc"\n2,é\n', { columns: { labels: "the, label" } });
    expect(textsOf(table.labels)).toEqual(['a "b",\nc', "é"]);
  });

  it("says so when what should be classes is another text in every row", async () => {
    const rows = Array.from({ length: 9000 }, (_, row) => `1,${row}${"x".repeat(1000)}`);
    await expect(open(`f,label\n${rows.join("\n")}\n`)).rejects.toThrow(
      /column label, has so many different texts that they are neither classes nor groups; name another column/,
    );
  });

  it("takes columns by name, in the file's order, numbered ones in theirs", async () => {
    const text =
      "dx,p_10,p_2,p_0,p_1,p_3,p_4,p_5,p_6,p_7,p_8,p_9,age,w,sex\nnv,10,2,0,1,3,4,5,6,7,8,9,50,0.5,f\n";
    const columns = { labels: "dx", features: "p_*", weights: "w", groups: ["sex", "age"] };
    const table = await open(text, { columns });
    expect(numbersOf(table)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(table.attributes.map(({ name, texts }) => [name, texts])).toEqual([
      ["sex", ["f"]],
      ["age", ["50"]],
    ]);
    expect([...(table.weights ?? [])]).toEqual([0.5]);
    expect(table.unused).toEqual([]);
  });

  it.each<[string, string, RegExp, OpenTableOptions["columns"]]>([
    ["text for a number", "a,label\n1,x\nzwei,y\n", /"zwei" in line 3, column a,/, {}],
    ["nothing for a number", "a,b,label\n1,2,x\n1,,y\n", /nothing in line 3, column b,/, {}],
    ["NaN", "a,label\n1,x\nnan,y\n", /"nan" in line 3, column a,/, {}],
    ["more than float32 holds", "a,label\n1,x\n1e39,y\n", /"1e39" in line 3, column a,/, {}],
    ["a line break in quotes before it", 'label,a\n"x\ny",1\nz,?\n', /"\?" in line 4, column a,/, {}],
    ["too few fields", "a,b,label\n1,2,x\n1,2\n", /2 fields in line 3, and its first line names 3/, {}],
    ["too many fields", "a,label\n1,x,2\n", /more than 2 fields in line 2/, {}],
    ["an open quote", 'a,label\n1,"x\n2,y\n', /quote in line 2 that is not closed/, {}],
    ["text behind a quote", 'a,label\n1,"x"y\n', /behind a closing quote in line 2, field 2/, {}],
    ["no label", "a,label\n1,x\n2,\n", /nothing in the column label at row 1/, {}],
    ["no names", "1,2,0\n3,4,1\n", /begins with numbers/, {}],
    ["no rows", "a,label\n", /no rows/, {}],
    ["two columns of a name", "a,a,label\n1,2,x\n", /two columns called a/, {}],
    ["a column that is not there", "a,label\n1,x\n", /no column dx.*it has a, label/, { labels: "dx" }],
    ["a negative weight", "a,label,w\n1,x,1\n1,y,-1\n", /weight -1 at row 1/, { weights: "w" }],
  ])("says where something is wrong: %s", async (_, text, message, columns = {}) => {
    await expect(open(text, { columns })).rejects.toThrow(message);
  });

  it("reads numbers as JavaScript does", () => {
    const asRead = (text: string) => parseNumber(Buffer.from(` ${text} `), 0, text.length + 2);
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        for (const text of [String(value), value.toExponential(18), value.toPrecision(7)])
          expect(asRead(text)).toBe(Number(text));
      }),
    );
    for (const text of ["+.5", "-0", "1.", "007", "1E5", "00000000000000000001", "1e-400", "1e400"])
      expect(asRead(text)).toBe(Number(text));
    for (const text of ["", ".", "-", "e5", "1e", "1,5", "0x10", "Infinity", "1 2", "--1", "1e5e5"])
      expect(asRead(text)).toBeNaN();
  });

  it("reads records wherever the pieces of a file end", async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `${i},"a\n""${i % 7}""",${i / 8}`);
    const table = await open(`a,label,b\n${lines.join("\r\n")}`);
    expect(table.rows.count).toBe(200_000);
    expect(numbersOf(table)).toEqual(lines.flatMap((_, i) => [i, i / 8]));
    expect(textsOf(table.labels).every((text, i) => text === `a\n"${i % 7}"`)).toBe(true);
  });

  it("too large for memory becomes a table once", async () => {
    const file = save(
      `a,b,dx,sex\n${Array.from({ length: 50 }, (_, i) => `${i},${-i},c${i % 3},${i % 2}`).join("\n")}`,
    );
    const cache = path.join(folder, "cache");
    const options = { columns: { labels: "dx", groups: "sex" }, memoryBudget: 64, cache };
    for (let again = 0; again < 2; again++) {
      const table = await openFeatureTable(file, options);
      expect(numbersOf(table)).toEqual(
        Array.from({ length: 50 }, (_, i) => [i, -i])
          .flat()
          .map((x) => x + 0),
      );
      expect(textsOf(table.labels)[4]).toBe("c1");
      expect(readdirSync(cache)).toHaveLength(1);
      table.close();
    }
    writeFileSync(file, "a,b,dx,sex\n1,2,x,0\n");
    expect((await openFeatureTable(file, options)).rows.count).toBe(1);
  });
});

describe("a table of facts beside the features", () => {
  const npz = () => {
    const values = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    return save(makeZip([{ name: "X.npy", bytes: makeNpy("<f4", [2, 2], values) }]), "npz");
  };

  it("says what the rows are", async () => {
    const metadata = save("id,dx,sex\n1,nv,f\n2,mel,m\n");
    const columns = { features: "X", labels: "dx", groups: ["sex"] };
    const table = await openFeatureTable(npz(), { columns, metadata });
    expect(numbersOf(table)).toEqual([1, 2, 3, 4]);
    expect(textsOf(table.labels)).toEqual(["nv", "mel"]);
    expect(table.attributes.map(({ name }) => name)).toEqual(["sex"]);
  });

  it("has to have as many rows", async () => {
    const metadata = save("label\nnv\n");
    await expect(openFeatureTable(npz(), { columns: { features: "X" }, metadata })).rejects.toThrow(
      /has 1 rows and .* has 2; they go together row by row/,
    );
  });
});

it("arrays of other names, and of texts, are read as selmix.json says", async () => {
  const X = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const text = Buffer.alloc(2 * 3 * 4);
  for (const [at, letter] of [..."nv\0mel"].entries()) text.writeUInt32LE(letter.codePointAt(0) ?? 0, 4 * at);
  const file = save(
    makeZip([
      { name: "X.npy", bytes: makeNpy("<f4", [2, 2], X) },
      { name: "y.npy", bytes: makeNpy("<U3", [2], text) },
    ]),
    "npz",
  );
  const table = await openFeatureTable(file, { columns: { features: "X", labels: "y" } });
  expect(textsOf(table.labels)).toEqual(["nv", "mel"]);
  await expect(openFeatureTable(file)).rejects.toThrow(/"columns": \{"features":"X"/);
});
