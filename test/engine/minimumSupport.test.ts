/** Cells of class and group that are too small are shown and not judged; bounds may be about one attribute of several. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSafetensors } from "../files/makeSafetensors.ts";
import { TableWorkspace } from "../support/tables.ts";

let workspace: TableWorkspace;
beforeEach(() => {
  workspace = new TableWorkspace();
});
afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

const [cat, dog, owl] = [0, 1, 2];
const sexes = ["female", "male"];
const sites = ["hip", "arm", "leg"];

/** So many rows of a class in a sex and at a site, of which the head recognises some and takes the others for cats. */
interface Cell {
  readonly label: number;
  readonly sex: number;
  readonly site?: number;
  readonly rows: number;
  readonly right: number;
}

/** @param attributes whether rows have a sex and a site, or a group alone */
function write(name: string, cells: readonly Cell[], attributes = false): void {
  const rows = cells.flatMap((cell) => {
    const wrong = cell.label === cat ? dog : cat;
    return Array.from({ length: cell.rows }, (_, at) => ({
      ...cell,
      at,
      seen: at < cell.right ? cell.label : wrong,
      // No two rows are alike, in no two tables.
      noise:
        ((at * 7919 + cell.label * 101 + cell.sex * 37 + (cell.site ?? 0)) % 1000) / 1e4 + name.length / 1e5,
    }));
  });
  const index = (values: readonly number[]) => ({ dtype: "I64", shape: [rows.length], values: [...values] });
  const sex = index(rows.map((row) => row.sex));
  const tensors = {
    features: {
      ...{ dtype: "F32", shape: [rows.length, 3] },
      // Men whom the head mistakes look like what they are too, more or less.
      values: rows.flatMap(({ seen, label, sex: who, at, noise }) =>
        [0, 1, 2].map((k) =>
          k === seen ? 4 : k === label && who === 1 ? 2.6 - noise - (at % 10) / 8 : noise,
        ),
      ),
    },
    labels: index(rows.map(({ label }) => label)),
    ...(attributes
      ? { "groups:sex": sex, "groups:site": index(rows.map(({ site = 0 }) => site)) }
      : { groups: sex }),
  };
  writeFileSync(path.join(workspace.folder, `${name}.safetensors`), makeSafetensors(tensors));
}

const large: readonly Cell[] = [cat, dog].flatMap((label) => [
  { label, sex: 0, rows: 400, right: 360 },
  { label, sex: 1, rows: 400, right: 340 },
]);
const owls = (rows: number, right: number): readonly Cell[] => [
  { label: owl, sex: 0, rows: 400, right: 360 },
  { label: owl, sex: 1, rows, right },
];
const all = (rows = 400, right = 360) => [...large, ...owls(rows, right)];
const gap = { metric: "recallDifference", atMost: 0.3 };

describe("a gap with a cell of 9 samples", () => {
  beforeEach(() => {
    write("train", all());
    write("validation", all(9, 8));
  });

  it("is refused before tuning, with who is few", async () => {
    workspace.configure({ groups: sexes, constraints: [gap] });
    await expect(workspace.tune()).rejects.toThrow(
      /recall difference .* cannot be judged, because validation.safetensors has too few samples to judge it by \(9 samples of owl in male; "minimumSupport" is 10\)/,
    );
  });

  it("is not judged where that is allowed, whatever the other cells say", async () => {
    workspace.configure({ groups: sexes, constraints: [gap], unjudged: "allow" });
    const [verdict] = (await workspace.evaluate()).constraints;
    expect(verdict).toMatchObject({ status: "notJudged", satisfied: false, value: null, attribute: "group" });
    expect(verdict?.reason).toBe(
      'owl in male has 9 samples, fewer than the 10 of "minimumSupport": shown and not judged.',
    );
    const tuned = await workspace.tune();
    expect(tuned.constraints[0]).toMatchObject({ status: "notJudged", satisfied: false });
    expect(tuned.verdict?.decision).not.toBe("use");
    expect(tuned.minimumSupport).toBe(10);
  });

  it("is missed where the large cells miss it", async () => {
    workspace.configure({
      groups: sexes,
      constraints: [{ ...gap, atMost: 0.01 }],
      unjudged: "allow",
    });
    const [verdict] = (await workspace.evaluate()).constraints;
    expect(verdict).toMatchObject({ status: "missed", satisfied: false });
    expect(verdict?.value).toBeCloseTo(0.05, 10);
  });

  it("is judged where 9 are said to be enough, and where only other classes are meant", async () => {
    workspace.configure({ groups: sexes, constraints: [gap], minimumSupport: 9, margin: 0 });
    expect((await workspace.evaluate()).constraints[0]).toMatchObject({ status: "holds" });
    workspace.configure({ groups: sexes, constraints: [{ ...gap, classes: ["cat", "dog"] }], margin: 0 });
    expect((await workspace.evaluate()).constraints[0]).toMatchObject({ status: "holds" });
  });

  it("is shown, and left out of the worst group", async () => {
    write("validation", all(9, 0));
    workspace.configure({ groups: sexes, objective: "minGroupRecall" });
    const { evaluation, sets } = await workspace.evaluate();
    expect(evaluation.validation.minGroupRecall).toBeCloseTo(0.85, 10);
    expect(sets.validation.metrics.minGroupRecall?.value).toBeCloseTo(0.85, 10);
    expect(evaluation.validation.meanGroupRecall).toBeCloseTo((3 * 0.9 + 2 * 0.85) / 5, 10);
    const small = sets.validation.groups?.recall.find(({ samples }) => samples === 9);
    expect(small).toMatchObject({ class: "owl", group: "male", judged: false, recall: { value: 0 } });
    // Of the class as a whole every sample counts.
    expect(sets.validation.classes[owl]?.recall?.value).toBeCloseTo(360 / 409, 10);
    const worst = sets.validation.groups?.metrics.find(({ metric }) => metric === "groupRecall");
    expect(worst?.value).toBeCloseTo(0.85, 10);
    expect(worst?.unmeasured).toMatch(/^owl in male has 9 samples, fewer than/);
  });
});

it("on test a small cell is not judged either, and nothing is to be used for it", async () => {
  write("train", all());
  write("validation", all(400, 200));
  write("test", all(9, 1));
  workspace.configure({ groups: sexes, constraints: [{ ...gap, atMost: 0.9 }], margin: 0 });
  const tuned = await workspace.tune();
  expect(tuned.constraints[0]?.test).toMatchObject({ status: "notJudged", value: null });
  expect(tuned.verdict?.decision).not.toBe("use");
});

it("an objective over cells needs one that is large enough, on every set", async () => {
  write("train", all());
  write("validation", all());
  write(
    "test",
    all(9, 9).map((cell) => ({ ...cell, rows: 9, right: 5 })),
  );
  workspace.configure({ groups: sexes, objective: "minGroupRecall" });
  await expect(workspace.tune()).rejects.toThrow(
    /minGroupRecall cannot be measured on test.safetensors, where no class has 10 samples in a group/,
  );
});

describe("several attributes", () => {
  /** Women are recognised at 0.9 on the hip and 0.7 elsewhere, men at 0.6 on the hip and 0.8 elsewhere; few have a leg. */
  const cells = [cat, dog, owl].flatMap((label) =>
    [
      { sex: 0, site: 0, rows: 100, right: 90 },
      { sex: 0, site: 1, rows: 100, right: 70 },
      { sex: 1, site: 0, rows: 200, right: 120 },
      { sex: 1, site: 1, rows: 100, right: 80 },
      { sex: 1, site: 2, rows: 8, right: 0 },
    ].map((cell) => ({ label, ...cell })),
  );
  const groups = { sex: sexes, site: sites };
  beforeEach(() => {
    write("train", cells, true);
    write("validation", cells, true);
  });

  const judged = async (constraint: object) => {
    workspace.configure({
      ...{ groups, unjudged: "allow", margin: 0 },
      constraints: [{ metric: "recallDifference", atMost: 0.5, ...constraint }],
    });
    return (await workspace.evaluate()).constraints[0];
  };

  it("bound one of them over all values of the others", async () => {
    const found = await judged({ attribute: "sex" });
    expect(found).toMatchObject({ attribute: "sex", status: "holds" });
    expect([...(found?.groups ?? [])].sort()).toEqual(["female", "male"]);
    expect(found?.value).toBeCloseTo(160 / 200 - 200 / 308, 10);
    expect(found?.low).toBeLessThan(found?.value ?? 0);
    expect(found?.high).toBeGreaterThan(found?.value ?? 1);
  });

  it("bound their combinations by default, where a small one is not judged", async () => {
    expect(await judged({ classes: ["cat"] })).toMatchObject({
      ...{ attribute: "sex and site", status: "notJudged" },
      groups: expect.arrayContaining(["male, leg"]),
    });
    expect(await judged({ attribute: "site" })).toMatchObject({
      ...{ attribute: "site", status: "notJudged" },
      groups: expect.arrayContaining(["leg"]),
    });
    const both = await judged({ attribute: ["site", "sex"], atMost: 0.29 });
    expect(both).toMatchObject({ attribute: "sex and site", status: "missed" });
    expect(both?.value).toBeCloseTo(0.3, 10);
  });

  it("steer by the one that is bounded", async () => {
    workspace.configure({
      ...{ groups, objective: "meanRecall", unjudged: "allow", margin: 0 },
      constraints: [{ metric: "recallDifference", attribute: "sex", classes: ["owl"], atMost: 0.1 }],
    });
    expect((await workspace.evaluate()).constraints[0]).toMatchObject({ status: "missed" });
    const { constraints, runFolder } = await workspace.tune();
    // Classes in a sex are steered, and the few rows of a site have no say.
    const { buckets } = JSON.parse(readFileSync(path.join(runFolder, "run.json"), "utf8"));
    expect(buckets.map(({ name }: { name: string }) => name)).toEqual(
      ["cat", "dog", "owl"].flatMap((label) => sexes.map((sex) => `${label} / ${sex}`)),
    );
    expect(constraints[0]).toMatchObject({ attribute: "sex", classes: ["owl"], status: "holds" });
    expect(constraints[0]?.value).toBeLessThanOrEqual(0.1 + 1e-9);
  });

  it("are told each, and then together", async () => {
    workspace.configure({ groups });
    const report = (await workspace.evaluate()).sets.validation.groups;
    expect(report?.accuracy.map(({ group }) => group)).toEqual([
      ...sexes,
      ...sites,
      ...["female, hip", "female, arm", "male, hip", "male, arm", "male, leg"],
    ]);
    const differences = report?.metrics.filter(({ metric }) => metric === "accuracyDifference");
    expect(differences?.map(({ attribute }) => attribute)).toEqual(["sex", "site", "sex and site"]);
  });

  it("are known by name only", async () => {
    await expect(judged({ attribute: "sec" })).rejects.toThrow(
      /about the attribute "sec", which the tables have not; did you mean "sex"\?/,
    );
    await expect(judged({ metric: "recall", attribute: "sex" })).rejects.toThrow(
      /recall is not about groups; remove "attribute"/,
    );
  });
});
