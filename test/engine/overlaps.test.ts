/** Rows that prove bounds are of their own: a leak is refused, and what samples of a coarse population share is none. */
import { expect, it } from "vitest";
import { type NamedSet, overlapsOf } from "../../src/engine/tables/overlaps.ts";
import { rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";

type Row = readonly [number, number];

function set(name: string, rows: readonly Row[], proves = false): NamedSet {
  return {
    ...{ name, path: `/${name}`, trainedOn: name === "train", proves },
    set: { rows: rowsInMemory(Float32Array.from(rows.flat()), 2), labels: new Int32Array(rows.length) },
  };
}

/** Rows of numbers with so many different values. */
function drawn(count: number, values: number, seed: number): Row[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => [random.integer(values), random.integer(values)]);
}

const fine = (count: number, seed: number) => drawn(count, 2 ** 24, seed);
const [train, validation] = [fine(2000, 1), fine(800, 2)];
const judged = (certify: readonly Row[], others = [set("train", train), set("validation", validation)]) =>
  overlapsOf([...others, set("certify", certify, true)]);

it("refuses rows that prove bounds and stand in train or validation, were they few among many", () => {
  expect(judged(fine(1000, 3)).warnings).toEqual([]);
  for (const [name, known] of [
    ["train", train],
    ["validation", validation],
  ] as const) {
    expect(() => judged([...fine(980, 3), ...known.slice(0, 20)])).toThrow(
      new RegExp(`20 of 1000 rows of certify stand in ${name} too, more than would by chance`),
    );
  }
});

it.each([30, 60, 120])("takes what samples of %d values a column share for chance, in 20 draws", (values) => {
  for (let seed = 0; seed < 20; seed++) {
    const others = [
      set("train", drawn(3000, values, 3 * seed)),
      set("validation", drawn(800, values, 3 * seed + 1)),
    ];
    expect(() => judged(drawn(1000, values, 3 * seed + 2), others)).not.toThrow();
  }
});

it("refuses a leak among coarse rows as well", () => {
  const known = drawn(3000, 120, 1);
  const certify = [...drawn(600, 120, 2), ...known.slice(0, 400)];
  expect(() => judged(certify, [set("train", known), set("validation", drawn(800, 120, 3))])).toThrow(
    /prove bounds have to be of their own/,
  );
});

it("says where rows that prove bounds repeat each other", () => {
  const once = fine(500, 4);
  expect(judged([...once, ...once.slice(0, 100)]).warnings).toEqual([
    expect.stringMatching(/^200 of 600 rows of certify occur there more than once/),
  ]);
  expect(overlapsOf([set("train", train), set("test", [...once, ...once.slice(0, 100)])]).warnings).toEqual(
    [],
  );
});
