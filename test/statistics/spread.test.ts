/** The spread of a table: against NumPy and SciPy, and on tables whose causes are known. */
import { expect, it } from "vitest";
import { Random } from "../../src/selmix/random.ts";
import { rangeOf, spreadOf } from "../../src/statistics/spread.ts";
import { studentPoint } from "../../src/statistics/student.ts";

it.each([
  [1, 0.05, 6.313751514675044],
  [4.5, 0.05, 2.065575888878525],
  [30, 0.025, 2.042272456301238],
  [9, 0.1, 1.3830287383966327],
])("knows Student's t of %f degrees of freedom as SciPy does", (freedom, probability, point) => {
  expect(studentPoint(freedom, probability)).toBeCloseTo(point, 8);
});

const table = [
  [0.71, 0.74, 0.7, 0.73],
  [0.66, 0.7, 0.69, 0.68],
  [0.77, 0.78, 0.74, 0.79],
];

it("parts the variance as NumPy's sums of squares do", () => {
  const spread = spreadOf(table);
  expect(spread.mean).toBeCloseTo(0.7241666666666666, 12);
  expect(spread.variance).toBeCloseTo(0.002236111111111111, 12);
  expect(spread.parts.rows).toBeCloseTo(0.0018722222222222235, 12);
  expect(spread.parts.columns).toBeCloseTo(0.00014444444444444376, 12);
  expect(spread.parts.both).toBeCloseTo(0.00021944444444444398, 12);
  expect(rangeOf(spread, false, 0.9).high - spread.mean).toBeCloseTo(0.13580374887057997, 8);
  expect(rangeOf(spread, true, 0.9).high - spread.mean).toBeCloseTo(0.16914761201310552, 8);
});

it("is the usual variance of one row or one column", () => {
  const values = [0.7, 0.72, 0.75, 0.69];
  const mean = values.reduce((sum, value) => sum + value, 0) / 4;
  const usual = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
  expect(spreadOf([values]).variance).toBeCloseTo(usual, 12);
  expect(spreadOf([values]).parts).toMatchObject({ rows: 0, both: 0 });
  expect(spreadOf(values.map((value) => [value])).variance).toBeCloseTo(usual, 12);
  expect(spreadOf(values.map((value) => [value])).parts).toMatchObject({ columns: 0, both: 0 });
});

const random = new Random(11);
function gaussian(): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

it.each([
  { rows: 10, columns: 5, deviations: [3, 1, 1] },
  { rows: 10, columns: 3, deviations: [1, 3, 1] },
  { rows: 5, columns: 5, deviations: [1, 1, 3] },
  { rows: 20, columns: 1, deviations: [2, 0, 0] },
])(
  "finds the causes of $rows x $columns tables, and where the next value lies",
  ({ rows, columns, deviations }) => {
    const [ofRow = 0, ofColumn = 0, ofBoth = 0] = deviations;
    const times = 2000;
    let [variance, within] = [0, 0];
    for (let time = 0; time < times; time++) {
      const columnEffects = Array.from({ length: columns }, () => ofColumn * gaussian());
      const drawn = Array.from({ length: rows }, () => {
        const row = ofRow * gaussian();
        return columnEffects.map((column) => row + column + ofBoth * gaussian());
      });
      const spread = spreadOf(drawn);
      variance += spread.variance / times;
      const { low, high } = rangeOf(spread, false, 0.9);
      const next = ofRow * gaussian() + ofColumn * gaussian() + ofBoth * gaussian();
      if (low <= next && next <= high) within++;
    }
    const truth = ofRow ** 2 + ofColumn ** 2 + ofBoth ** 2;
    expect(variance / truth).toBeGreaterThan(0.95);
    expect(variance / truth).toBeLessThan(1.15);
    // Nine of ten, within what chance and the approximation of the degrees of freedom leave.
    expect(within / times).toBeGreaterThan(0.87);
    expect(within / times).toBeLessThan(0.96);
  },
);
