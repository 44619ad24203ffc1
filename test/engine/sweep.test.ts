/** Sweeps: which bounds, what is said of each point, that it is so, and what becomes of a point that is used. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import type { JobContext } from "../../src/engine/job.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { readChanged } from "../../src/engine/verdict/changed.ts";
import { reachOf } from "../../src/files/place.ts";
import { readRun, readRunRecord } from "../../src/project/readRuns.ts";
import {
  endSweep,
  listSweepFolders,
  markDeadSweeps,
  newSweepFolder,
  pointPlace,
  pruneSweeps,
  readSweep,
  writeSweep,
} from "../../src/project/sweepFolder.ts";
import type { JobRequest } from "../../src/protocol/engine.ts";
import type { SweepPoint, SweepRecord } from "../../src/protocol/sweep.ts";
import { cautionsOf, regionOf } from "../../src/words/sweep.ts";
import { classMetrics, predicted } from "../support/byDefinition.ts";
import { type MadeTable, madeTable, TableWorkspace } from "../support/tables.ts";

const quiet: JobContext = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

const test = madeTable([450, 400, 300], 3);
let workspace: TableWorkspace;
beforeAll(() => {
  workspace = new TableWorkspace();
  workspace.table("train", madeTable([600, 150, 50], 1), true);
  workspace.table("validation", madeTable([300, 300, 300], 2), true);
  workspace.table("test", test, true);
});
afterAll(() => rmSync(workspace.folder, { recursive: true }));

type Asked = Partial<Omit<Extract<JobRequest, { kind: "sweep" }>, "kind">>;

/** Sweeps the recall of every class from below, unless asked otherwise. */
function sweep(asked: Asked = {}, configuration: object = {}, context = quiet) {
  workspace.configure({ objective: "meanRecall", ...configuration });
  return runJob<"sweep">(
    {
      ...{ kind: "sweep", configurationPath: workspace.configurationPath, checkpoint: null, backend: "cpu" },
      ...{ swept: { metric: "recall", kind: "atLeast" }, bounds: 12, trusted: true },
      ...asked,
    },
    context,
  );
}

const use = (sweepFolder: string, point: number) =>
  runJob<"usePoint">({ kind: "usePoint", sweepFolder, point, trusted: true }, quiet);

const sure = ({ points }: SweepRecord) => points.filter((point) => regionOf(point) === "keeps");
const rounding = 1e-9;

/** Recall of each class from those of classes in groups. */
function ofClasses({ buckets }: SweepRecord, recall: readonly (number | null)[], support: readonly number[]) {
  return [0, 1, 2].map((label) => {
    const own = buckets.flatMap((bucket, at) => (bucket.label === label ? [at] : []));
    const right = own.reduce((sum, at) => sum + (recall[at] ?? 0) * (support[at] ?? 0), 0);
    return right / own.reduce((sum, at) => sum + (support[at] ?? 0), 0);
  });
}

/** What the head of a point predicts for rows of a table, counted from its tensors, apart from the product. */
async function recount(folder: string, at: number, table: MadeTable) {
  const { within, name } = pointPlace(folder, at);
  const kept = new Map((await readChanged(path.join(within, name))).map((one) => [one.name, one.values]));
  const checkpoint = await openCheckpoint(path.join(workspace.folder, "model.safetensors"));
  const values = async (tensor: string) => [...(kept.get(tensor) ?? (await checkpoint.read(tensor)))];
  const [weight, bias] = [await values("head.weight"), await values("head.bias")];
  await checkpoint.close();
  const rows = { ...table, features: table.features.map((row) => row.map(Math.fround)) };
  const predictions = predicted(
    rows,
    [0, 3, 6].map((from) => weight.slice(from, from + 3)),
    bias,
  );
  return classMetrics(rows, predictions, 3);
}

describe("a sweep of a recall from below", () => {
  let folder = "";
  let record: SweepRecord;
  beforeAll(async () => {
    const result = await sweep();
    folder = result.sweepFolder;
    record = result.sweep;
  });

  it("goes from what is had without the bound to beyond what can be reached", () => {
    const { bounds, references, points } = record;
    expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
    expect(bounds.length).toBeGreaterThan(9);
    expect(points.map(({ bound }) => bound)).toEqual(bounds);
    const values = references.map(({ validation }) => validation.bounded.value ?? Number.NaN);
    expect(bounds[0]).toBeCloseTo(Math.min(...values), 3);
    expect(sure(record).length).toBeGreaterThan(3);
    expect(regionOf(points.at(-1) as SweepPoint)).toBe("infeasible");
    expect(points.at(-1)?.verdict).toMatchObject({ decision: "doNotUse", reason: "nothingFeasible" });
  });

  it("says of no point that it keeps a bound which its values on either set do not keep", () => {
    for (const point of sure(record)) {
      const [{ value, test: examined }] = point.constraints.slice(-1) as [SweepPoint["constraints"][number]];
      expect(value).toBeGreaterThanOrEqual(point.bound - rounding);
      expect(examined?.value).toBeGreaterThanOrEqual(point.bound - rounding);
      expect(point.validation.bounded.value).toBe(value);
      const recalls = ofClasses(record, point.validation.recall, record.support.validation);
      expect(Math.min(...recalls)).toBeCloseTo(value ?? -1, 9);
    }
  });

  it("never rises on validation as the bound gets stricter, and is never below another head that keeps it", () => {
    const curve = sure(record).map(({ validation }) => validation.objective.value);
    expect(curve).toEqual(curve.toSorted((a, b) => b - a));
    for (const point of sure(record))
      for (const other of sure(record)) {
        if (other.bound < point.bound) continue;
        expect(point.validation.objective.value).toBeGreaterThanOrEqual(
          other.validation.objective.value - rounding,
        );
      }
  });

  it("calls no bound infeasible that some head of the sweep keeps by its values", () => {
    const infeasible = record.points.filter((point) => regionOf(point) === "infeasible");
    const heads = [...record.points, ...record.references];
    for (const { bound } of infeasible)
      for (const { validation } of heads) expect(validation.bounded.value ?? 0).toBeLessThan(bound);
  });

  it("has for every point the head that it tells of: counted again from its tensors", async () => {
    for (const [at, point] of record.points.entries()) {
      if (!point.kept) continue;
      const { meanRecall, minRecall, recalls, accuracy } = await recount(folder, at, test);
      expect(point.test?.objective.value).toBeCloseTo(meanRecall, 9);
      expect(point.test?.bounded.value).toBeCloseTo(minRecall, 9);
      expect(point.test?.accuracy).toBeCloseTo(accuracy, 9);
      const told = ofClasses(record, point.test?.recall ?? [], record.support.test ?? []);
      for (const [k, recall] of told.entries()) expect(recall).toBeCloseTo(recalls[k] ?? -1, 9);
    }
  });

  it("has each interval around its value, and changes that are the values' difference", () => {
    const [checkpoint] = record.references;
    for (const { validation, test: examined } of record.points)
      for (const [set, of] of [
        [validation, checkpoint?.validation],
        [examined, checkpoint?.test],
      ] as const) {
        if (!set || !of) throw new Error("there is a test set");
        for (const { value, low, high } of [set.objective, set.change]) {
          expect(low).toBeLessThanOrEqual(value);
          expect(high).toBeGreaterThanOrEqual(value);
        }
        expect(set.change.value).toBeCloseTo(set.objective.value - of.objective.value, 12);
      }
  });

  it("keeps each point as a run does, which panels and reports can read", () => {
    const at = record.points.findIndex(({ kept }) => kept);
    const { within, name } = pointPlace(folder, at);
    const run = readRun(path.join(within, name));
    const point = record.points[at];
    expect(run?.run.configuration).toMatchObject({
      constraints: [{ metric: "recall", atLeast: point?.bound }],
    });
    expect(run?.result?.verdict).toEqual(point?.verdict);
    expect(run?.result?.after.test?.recall).toEqual(point?.test?.recall);
  });

  it("can be used: the point becomes a run of its own, the same one however often", async () => {
    const at = record.points.findIndex((point) => regionOf(point) === "keeps" && point.kept);
    const used = await use(folder, at);
    expect(used.advised).toBe(true);
    expect(path.dirname(used.runFolder)).toBe(path.join(workspace.folder, ".selmix", "runs"));
    expect(readRunRecord(used.runFolder)?.copies?.map(({ output }) => output)).toEqual([used.output]);
    expect(readSweep(folder)?.points[at]?.usedAs).toBe(path.basename(used.runFolder));
    const evaluated = await workspace.evaluate(used.output);
    const point = record.points[at];
    expect(evaluated.evaluation.test?.recall).toEqual(point?.test?.recall);
    expect((await use(folder, at)).runFolder).toBe(used.runFolder);
    const back = await workspace.discard(used.runFolder);
    expect(back.copies).toMatchObject([{ now: "removed" }]);
    expect(existsSync(used.output)).toBe(false);
  });

  it("refuses points that there are not, and sweeps of somewhere else", async () => {
    await expect(use(folder, 99)).rejects.toThrow("has no point 100");
    await expect(use(workspace.folder, 0)).rejects.toThrow("is no sweep");
    const moved = path.join(workspace.folder, "elsewhere");
    rmSync(moved, { recursive: true, force: true });
    writeSweepCopy(moved, record);
    await expect(use(moved, 0)).rejects.toThrow("is none of");
  });
});

function writeSweepCopy(folder: string, record: SweepRecord): void {
  const made = newSweepFolder(folder, record, reachOf(workspace.folder));
  writeSweep(made, record);
  // A sweep directly in a folder that is not .selmix/sweeps of its configuration.
  writeSweep(folder, record);
}

it("goes through the bounds that are named, each once and the loosest first", async () => {
  const { sweep: record } = await sweep({ bounds: [0.7, 0.5, 0.7, 0.999] });
  expect(record.bounds).toEqual([0.5, 0.7, 0.999]);
  expect(regionOf(record.points[2] as SweepPoint)).toBe("infeasible");
});

it("sweeps differences of groups from above, the largest first, and the head keeps the others' bounds too", async () => {
  const constraints = [
    { metric: "recall", atLeast: 0.5 },
    { metric: "recallDifference", atMost: 0.3 },
  ];
  const swept = { metric: "recallDifference", kind: "atMost" } as const;
  const { sweep: record, sweepFolder } = await sweep({ swept, bounds: 6 }, { constraints });
  expect(record.bounds).toEqual(record.bounds.toSorted((a, b) => b - a));
  for (const point of record.points) {
    expect(point.constraints.map(({ metric, bound }) => [metric, bound])).toEqual([
      ["recall", 0.5],
      ["recallDifference", point.bound],
    ]);
    if (regionOf(point) !== "keeps") continue;
    expect(point.constraints[0]?.value).toBeGreaterThanOrEqual(0.5);
    expect(point.constraints[1]?.value).toBeLessThanOrEqual(point.bound + rounding);
  }
  const curve = sure(record).map(({ validation }) => validation.objective.value);
  expect(curve.length).toBeGreaterThan(1);
  expect(curve).toEqual(curve.toSorted((a, b) => b - a));
  expect(record.buckets.some(({ group }) => group !== null)).toBe(true);
  expect(sweepFolder).toContain("recallDifference");
});

it.each([0.5, 0.7, 0.99])(
  "of one bound comes to what a tune under it comes to, word for word (%d)",
  async (bound) => {
    const { sweep: record } = await sweep({ bounds: [bound] });
    workspace.configure({ objective: "meanRecall", constraints: [{ metric: "recall", atLeast: bound }] });
    const tuned = await workspace.tune();
    expect(record.points[0]?.verdict).toEqual(tuned.verdict);
    await workspace.discard(tuned.runFolder);
  },
);

it("says why a fix does not stand beside the curve", async () => {
  const lacking = new TableWorkspace();
  lacking.table("train", madeTable([200, 100, 50], 1));
  lacking.table("validation", madeTable([100, 100, 0], 2));
  const tuning = { steps: 100, controls: "trainingFree" };
  lacking.configure({ objective: "meanRecall", validationMissing: "allow", tuning });
  const { sweep: record } = await runJob<"sweep">(
    {
      ...{ kind: "sweep", configurationPath: lacking.configurationPath, checkpoint: null, backend: "cpu" },
      ...{ swept: { metric: "accuracy", kind: "atLeast" }, bounds: [0.5], trusted: true },
    },
    quiet,
  );
  expect(record.references.map(({ id }) => id)).toEqual(["checkpoint", "logitAdjustment"]);
  expect(record.warnings).toContainEqual(expect.stringMatching(/^Tuned bias is not shown: validation lacks/));
  expect(record.warnings).toContainEqual(
    expect.stringMatching(/validation\.safetensors has no sample of owl/),
  );
  rmSync(lacking.folder, { recursive: true });
});

it("says that nobody can say where rows are few, and not that no head keeps the bound", async () => {
  const few = new TableWorkspace();
  few.table("train", madeTable([600, 150, 50], 1));
  few.table("validation", madeTable([25, 25, 25], 2));
  few.configure({ objective: "meanRecall" });
  const { sweep: record } = await runJob<"sweep">(
    {
      ...{ kind: "sweep", configurationPath: few.configurationPath, checkpoint: null, backend: "cpu" },
      ...{
        swept: { metric: "recall", kind: "atLeast" },
        bounds: [0.6, 0.65, 0.7, 0.75, 0.8, 0.99],
        trusted: true,
      },
    },
    quiet,
  );
  const open = record.points.filter(({ verdict }) => verdict.reason === "notJudged");
  expect(open.length).toBeGreaterThan(0);
  for (const { validation, bound, kept } of open) {
    expect(kept).toBe(true);
    expect(validation.bounded.value).toBeGreaterThanOrEqual(bound - rounding);
  }
  const infeasible = record.points.filter((point) => regionOf(point) === "infeasible");
  for (const { bound } of infeasible)
    for (const { validation } of [...record.points, ...record.references])
      expect(validation.bounded.value ?? 0).toBeLessThan(bound);
  // Without a test set nothing is said of one.
  expect(record.points.every(({ test: of }) => of === null)).toBe(true);
  rmSync(few.folder, { recursive: true });
});

it("proves nothing where proofs are asked for: rows that prove are not looked at, and no point can be used", async () => {
  const { sweep: record, sweepFolder } = await sweep({ bounds: [0.5, 0.6] }, { confidence: 0.95 });
  // 60 % of 900: the others are held back.
  expect(record.support.validation.reduce((sum, rows) => sum + rows, 0)).toBe(540);
  for (const point of record.points) {
    expect(point.constraints.map(({ status, satisfied }) => [status, satisfied])).toEqual([
      ["notProved", false],
    ]);
    expect(point.verdict).toMatchObject({ decision: "cannotTell", reason: "notProved" });
    expect(point.verdict.sentence).toContain("was not put to the proof");
    expect(regionOf(point)).toBe("unsure");
  }
  expect(cautionsOf(record).at(-1)).toContain("Nothing is proved here");
  await expect(use(sweepFolder, 0)).rejects.toThrow("is not proved");
});

it("tunes offsets of groups that are known at prediction, and writes their table with the point", async () => {
  const swept = { metric: "recallDifference", kind: "atMost" } as const;
  const asked = { swept, bounds: [0.3, 0.1, 0.05] };
  const { sweep: record, sweepFolder } = await sweep(asked, { groupsAtPrediction: true });
  const at = record.points.findLastIndex((point) => point.kept);
  const used = await use(sweepFolder, at);
  expect(existsSync(`${used.output}.groups.json`)).toBe(true);
  await workspace.discard(used.runFolder);
});

it("refuses to train the whole network for every point", async () => {
  await expect(sweep({}, { tuning: { train: "all" } })).rejects.toThrow(/"train"|network/);
});

it("is the same each time, whatever the bounds are called by", async () => {
  const asked = { bounds: [0.6, 0.7, 0.75] };
  const [one, two] = [await sweep(asked), await sweep(asked)];
  expect(two.sweep.points.map(({ test: of }) => of)).toEqual(one.sweep.points.map(({ test: of }) => of));
});

it("can be stopped: the record says so, with the points that there were", async () => {
  const controller = new AbortController();
  let seen = 0;
  const context = {
    ...quiet,
    signal: controller.signal,
    progress: ({ phase }: { phase: string }) => {
      if (phase === "tune" && ++seen === 3) controller.abort();
    },
  };
  await expect(sweep({ bounds: [0.5, 0.6, 0.7, 0.8] }, {}, context)).rejects.toThrow();
  const [newest] = listSweepFolders(workspace.folder);
  const record = newest && readSweep(newest);
  expect(record).toMatchObject({ state: "cancelled", error: null, bounds: [0.5, 0.6, 0.7, 0.8] });
  expect(record ? record.points.length : 0).toBe(2);
  await expect(use(newest ?? "", 0)).rejects.toThrow("kept a head");
});

it("says what is wrong before anything is tuned", async () => {
  const wrong: [Asked, object, string][] = [
    [{ swept: { metric: "recall", kind: "atLeast", classes: ["bird"] } }, {}, 'There is no class "bird"'],
    [{ swept: { metric: "recallDifference", kind: "atLeast" } }, {}, "recallDifference"],
  ];
  const before = listSweepFolders(workspace.folder).length;
  for (const [asked, configuration, message] of wrong)
    await expect(sweep(asked, configuration)).rejects.toThrow(message);
  expect(listSweepFolders(workspace.folder)).toHaveLength(before);
});

describe("folders", () => {
  const reach = () => reachOf(workspace.folder);

  it("are kept ten of, the oldest going first, and none that is at work", async () => {
    const [newest] = listSweepFolders(workspace.folder);
    const record = newest ? readSweep(newest) : null;
    if (!record) throw new Error("there are sweeps");
    const old = newSweepFolder(
      workspace.folder,
      { ...record, state: "running", startedAt: "2020-01-01T00:00:00.000Z" },
      reach(),
    );
    for (let day = 10; day < 22; day++)
      newSweepFolder(workspace.folder, { ...record, startedAt: `2021-01-${day}T00:00:00.000Z` }, reach());
    pruneSweeps(workspace.folder, reach());
    const left = listSweepFolders(workspace.folder);
    expect(left).toHaveLength(11);
    expect(left.at(-1)).toBe(old);
    expect(readdirSync(path.join(workspace.folder, ".selmix", "sweeps"))).toHaveLength(11);
  });

  it("are kept as far as there is room, the newest in any case", () => {
    const [newest = "", second = ""] = listSweepFolders(workspace.folder);
    const gone = pruneSweeps(workspace.folder, reach(), { sweeps: 3, bytes: 1e9 });
    expect(gone).not.toContain(second);
    const left = listSweepFolders(workspace.folder);
    // The one that is at work is never counted out.
    expect(left).toHaveLength(4);
    pruneSweeps(workspace.folder, reach(), { sweeps: 3, bytes: 1 });
    expect(listSweepFolders(workspace.folder)).toEqual([newest, left.at(-1)]);
  });

  it("say failed where their process is gone", () => {
    const old = listSweepFolders(workspace.folder).at(-1) ?? "";
    markDeadSweeps(workspace.folder, reach());
    expect(readSweep(old)).toMatchObject({ state: "running" });
    writeSweep(old, { ...(readSweep(old) as SweepRecord), pid: 2 ** 22 + 7, processStart: "long ago" });
    markDeadSweeps(workspace.folder, reach());
    expect(readSweep(old)).toMatchObject({ state: "failed" });
    expect(readFileSync(path.join(old, "sweep.json"), "utf8")).toContain("sweep again");
  });

  it("are ended from outside only while they say that they run", () => {
    const [newest = ""] = listSweepFolders(workspace.folder);
    const record = readSweep(newest) as SweepRecord;
    // Of two in one second either may be called the newest, however it ended.
    writeSweep(newest, { ...record, state: "done" });
    endSweep(newest, "cancelled", null);
    expect(readSweep(newest)).toMatchObject({ state: "done" });
    writeSweep(newest, { ...record, state: "running" });
    endSweep(newest, "cancelled", null);
    expect(readSweep(newest)).toMatchObject({ state: "cancelled", error: null });
  });

  it("that are torn or strange say nothing", () => {
    const old = listSweepFolders(workspace.folder).at(-1) ?? "";
    rmSync(path.join(old, "sweep.json"));
    expect(readSweep(old)).toBe(null);
    expect(readSweep("/nowhere")).toBe(null);
  });
});
