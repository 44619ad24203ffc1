/** A sweep as its folder would tell it, of numbers made up so that every region and every mark is there. */
import type { ConstraintVerdict, VerdictRecord } from "../../src/protocol/records.ts";
import type { FrontierState, SweepPoint, SweepRecord, SweptSet } from "../../src/protocol/sweep.ts";

const classes = ["t-shirt", "shirt", "coat", "ankle boot"];
const bucketOf = (name: string, label: number) => ({ label, group: null, name });

const near = (value: number, by = 0.01) => ({ value, low: value - by, high: value + by });

/** A head whose worst class has this recall, paid for by the t-shirts. */
function measured(worst: number, by: number): SweptSet {
  const recall = [0.97 - 0.5 * (worst - 0.34), worst, 0.78, 0.9];
  const mean = recall.reduce((sum, one) => sum + one, 0) / recall.length;
  const reached = mean - 0.6 * Math.max(0, worst - 0.6) - by;
  return {
    objective: near(reached),
    change: near(reached - 0.7475, 0.006),
    bounded: near(worst - by, 0.02),
    accuracy: 0.85,
    recall,
  };
}

function verdictOf(point: { region: "keeps" | "unsure" | "infeasible"; bound: number }): {
  verdict: VerdictRecord;
  constraint: ConstraintVerdict;
} {
  const { region, bound } = point;
  const status = ({ keeps: "holds", unsure: "notJudged", infeasible: "missed" } as const)[region];
  const about = { part: "recall", attribute: null, classes: ["shirt"], groups: [] };
  const judgement = { ...about, value: bound, low: bound - 0.02, high: bound + 0.02, status, reason: null };
  const balance = {
    gain: { metric: "meanRecall", before: 0.74, after: 0.8, change: 0.06, low: 0.05, high: 0.07 },
    price: { class: "t-shirt", group: null, before: 0.97, after: 0.9, change: -0.07 },
    accuracy: { before: 0.84, after: 0.85 },
  };
  return {
    constraint: {
      ...{ metric: "recall", kind: "atLeast" as const, bound, ...judgement },
      satisfied: region === "keeps",
      test: judgement,
    },
    verdict: {
      decision: ({ keeps: "useBaseline", unsure: "cannotTell", infeasible: "doNotUse" } as const)[region],
      reason: ({ keeps: "boundsMet", unsure: "notJudged", infeasible: "nothingFeasible" } as const)[region],
      ...{ baseline: "tunedBias", trained: false, set: "test" as const, closest: null, ...balance },
      sentence: `Sentence of ${bound}.`,
    },
  };
}

/** @param count points: the last fifth infeasible, the fifth before it not judged */
export function syntheticSweep({
  count = 10,
  test = true,
}: {
  count?: number;
  test?: boolean;
} = {}): SweepRecord {
  const bounds = Array.from({ length: count }, (_unused, at) => 0.4 + (0.4 * at) / (count - 1));
  const points = bounds.map((bound, at): SweepPoint => {
    const region = at >= 0.8 * count ? "infeasible" : at >= 0.6 * count ? "unsure" : "keeps";
    const { verdict, constraint } = verdictOf({ region, bound });
    const worst = Math.min(bound + 0.01, 0.72);
    return {
      bound,
      ...{
        baseline: "tunedBias",
        validation: measured(worst, 0),
        test: test ? measured(worst, 0.015) : null,
      },
      ...{ verdict, constraints: [constraint], kept: true },
      start: { kind: "tunedBias", tau: 1, why: "made up" },
    };
  });
  const reference = (id: SweepRecord["references"][number]["id"], worst: number) => ({
    ...{ id, baseline: id === "checkpoint" ? null : id },
    ...{ validation: measured(worst, 0), test: test ? measured(worst, 0.01) : null },
  });
  return {
    ...{ version: 2, selmix: "0.2.0", state: "done", error: null, pid: 1, processStart: null, host: "here" },
    ...{ startedAt: "2026-05-01T10:20:30.000Z", endedAt: "2026-05-01T10:20:38.000Z" },
    ...{ checkpoint: "/ws/checkpoints/epoch_12.pt", checkpointName: "epoch_12" },
    ...{ configurationPath: "/ws/selmix.json", objective: "meanRecall", confidence: null },
    swept: { metric: "recall", kind: "atLeast" },
    ...{ classes, groups: [], buckets: classes.map(bucketOf) },
    ...{ trainCounts: [5000, 500, 500, 50], headClasses: [0, 1, 2], minimumSupport: 10 },
    support: { validation: [500, 500, 500, 500], test: test ? [1000, 1000, 1000, 1000] : null },
    ...{ bounds, points },
    references: [
      reference("checkpoint", 0.34),
      reference("logitAdjustment", 0.55),
      reference("tunedBias", 0.58),
    ],
    ...{ warnings: [], seconds: 8.4 },
  };
}

export function frontierStateOf(
  sweep: SweepRecord | null,
  change: Partial<FrontierState> = {},
): FrontierState {
  const folder = sweep === null ? null : "/ws/.selmix/sweeps/a";
  return {
    sweeps: folder === null ? [] : [{ folder, name: "recall of every class, epoch_12" }],
    ...{ folder, sweep, progress: null, error: null, trusted: true },
    ...change,
  };
}
