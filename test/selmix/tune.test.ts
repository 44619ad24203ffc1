import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { objectiveIds } from "../../src/metrics/catalogue.ts";
import { headByCounts, needsGroups } from "../../src/selmix/confusion/objectives.ts";
import { countPredictions } from "../../src/selmix/confusion/tallies.ts";
import type { Head, Problem } from "../../src/selmix/problem.ts";
import { scoreCounts } from "../../src/selmix/steering/score.ts";
import { defaultSettings, goalOf, type TuneSettings } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { controls, runControl } from "../../src/selmix/training/controls.ts";
import { type CycleReport, tune } from "../../src/selmix/training/tune.ts";
import { whole } from "../support/whole.ts";
import { useBackend } from "./backend.ts";
import { smallProblem } from "./blobs.ts";

function settings(problem: Problem, changes: Partial<TuneSettings> = {}): TuneSettings {
  const isHead = headByCounts(Array.from({ length: problem.classes }, (_unused, k) => problem.classes - k));
  return { ...defaultSettings, objective: "minRecall", isHead, steps: 300, ...changes };
}

async function scoreOf(problem: Problem, head: Head, chosen: TuneSettings) {
  const set = tensors.features(problem.validation.rows, head);
  const [predictions] = await set.predict([head]);
  set.dispose();
  const counts = countPredictions(
    predictions,
    problem.validation.buckets,
    problem.buckets.length,
    problem.classes,
  );
  return scoreCounts(counts, problem.buckets, problem.classes, goalOf(chosen));
}

describe.each(["wasm", "cpu"] as const)("on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  test.each(objectiveIds.filter((id) => !needsGroups(id)))(
    "%s rises on validation, and the head returned has the score reported",
    async (objective) => {
      const problem = smallProblem();
      const chosen = settings(problem, { objective });
      const before = await scoreOf(problem, problem.head, chosen);
      const outcome = await tune(problem, chosen);
      expect(outcome.score.value).toBeGreaterThanOrEqual(before.value);
      expect(await scoreOf(problem, outcome.head, chosen)).toEqual(outcome.score);
    },
  );

  test("the worst class gains much, and nothing is left on the device", async () => {
    const problem = smallProblem();
    const chosen = settings(problem);
    const tensors = tf.memory().numTensors;
    const before = await scoreOf(problem, problem.head, chosen);
    const { score } = await tune(problem, chosen);
    expect(score.value).toBeGreaterThan(before.value + 0.1);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test("the same seed gives the same head, another seed another", async () => {
    const problem = smallProblem();
    const [a, b, c] = [
      await tune(problem, settings(problem, { seed: 3, start: "checkpoint" })),
      await tune(problem, settings(problem, { seed: 3, start: "checkpoint" })),
      await tune(problem, settings(problem, { seed: 4, start: "checkpoint" })),
    ];
    expect(Buffer.from(a.head.weight.buffer).equals(Buffer.from(b.head.weight.buffer))).toBe(true);
    expect(a.head.bias).toEqual(b.head.bias);
    expect(a.head.weight).not.toEqual(c.head.weight);
  });
});

describe("on wasm", () => {
  beforeAll(() => useBackend("wasm"));

  test("every cycle is reported once, in order, with what it decided and what came of it", async () => {
    const problem = smallProblem();
    const chosen = settings(problem, { cycle: 25 });
    const reports: CycleReport[] = [];
    await tune(problem, chosen, { onCycle: (report) => void reports.push(report) });
    expect(reports.map((report) => report.step)).toEqual(
      Array.from({ length: 13 }, (_unused, at) => 25 * at),
    );
    for (const [at, report] of reports.entries()) {
      const last = at === reports.length - 1;
      expect(report.cycle).toBe(at);
      expect(report.measuredChange === null).toBe(last);
      expect(report.direction === null).toBe(last);
      expect(whole(report.counts).reduce((sum, count) => sum + count, 0)).toBe(problem.validation.rows.count);
    }
    expect(reports.filter((report) => report.best).length).toBeGreaterThan(0);
  });

  test("a coverage constraint that the checkpoint misses is met", async () => {
    const problem = smallProblem();
    const chosen = settings(problem, {
      objective: "meanRecall",
      constraints: [{ metric: "coverage", atLeast: 0.17 }],
      steps: 1000,
    });
    expect((await scoreOf(problem, problem.head, chosen)).violation).toBeGreaterThan(0.05);
    expect((await tune(problem, chosen)).score.violation).toBe(0);
  });

  test("a constraint that too little training misses is met by offsets", async () => {
    const problem = smallProblem();
    const barely = { objective: "meanRecall", steps: 10, start: "checkpoint", learningRate: 1 } as const;
    const bound = settings(problem, { ...barely, constraints: [{ metric: "coverage", atLeast: 0.15 }] });
    const outcome = await tune(problem, bound);
    expect(outcome.score.violation).toBe(0);
    expect(await scoreOf(problem, outcome.head, bound)).toEqual(outcome.score);
  });

  test("buckets of class and group, a gap between groups narrows", async () => {
    const problem = smallProblem({ groups: 2 });
    const chosen = settings(problem, {
      objective: "meanRecall",
      constraints: [{ metric: "recallDifference", atMost: 0.05 }],
      steps: 600,
    });
    const before = await scoreOf(problem, problem.head, chosen);
    const after = await tune(problem, chosen);
    expect(after.score.violation).toBeLessThan(before.violation);
  });

  test("unlabelled features serve as partners", async () => {
    const problem = smallProblem({ unlabeled: 60 });
    const chosen = settings(problem, { start: "checkpoint" });
    const before = await scoreOf(problem, problem.head, chosen);
    const { head, score } = await tune(problem, chosen);
    expect(score.value).toBeGreaterThan(before.value + 0.1);
    const supervised = await tune({ ...problem, unlabeled: undefined }, chosen);
    expect(head.weight).not.toEqual(supervised.head.weight);
  });

  test("a head without bias, and two classes", async () => {
    const problem = smallProblem({ bias: false, classes: 2, trainCounts: [300, 10] });
    const chosen = settings(problem);
    const { head, score, start } = await tune(problem, chosen);
    expect(head.bias).toBeNull();
    expect(start.kind).toBe("checkpoint");
    expect(score.value).toBeGreaterThanOrEqual((await scoreOf(problem, problem.head, chosen)).value);
  });

  test("a class without training samples is never drawn, and the others still improve", async () => {
    const problem = smallProblem({ trainCounts: [400, 130, 45, 15, 0] });
    const chosen = settings(problem, { objective: "meanRecall" });
    const reports: CycleReport[] = [];
    await tune(problem, chosen, { onCycle: (report) => void reports.push(report) });
    for (const { direction } of reports) {
      for (let b = 0; direction !== null && b < 5; b++) {
        expect(whole(direction.policy.probabilities)[4 * 5 + b]).toBe(0);
        expect(whole(direction.policy.probabilities)[b * 5 + 4]).toBe(0);
      }
    }
  });

  test("cancelling stops it with the reason given", async () => {
    const problem = smallProblem();
    const abort = new AbortController();
    const reason = new Error("enough");
    const running = tune(problem, settings(problem), {
      signal: abort.signal,
      onCycle: (report) => {
        if (report.cycle === 3) abort.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
  });

  test("a start can be asked for", async () => {
    const problem = smallProblem();
    const start = async (kind: "checkpoint" | "logitAdjusted") =>
      (await tune(problem, settings(problem, { start: kind, steps: 10 }))).start.kind;
    expect(await start("checkpoint")).toBe("checkpoint");
    expect(await start("logitAdjusted")).toBe("logitAdjusted");
  });

  test.each(controls.map((control) => control.id))(
    "the control %s is no worse than the checkpoint on validation",
    async (id) => {
      const problem = smallProblem();
      const chosen = settings(problem);
      const before = await scoreOf(problem, problem.head, chosen);
      const { head } = await runControl(id, problem, chosen);
      expect((await scoreOf(problem, head, chosen)).value).toBeGreaterThanOrEqual(before.value);
    },
  );
});
