/** Small problems of every kind, made at random: classes, groups, rare and missing cells, bounds, and a head that knows something. */
import { constraintIds, metricOf, objectiveIds } from "../../src/metrics/catalogue.ts";
import { hasClasses } from "../../src/project/meaning.ts";
import { Random } from "../../src/selmix/random.ts";
import { makeSafetensors } from "../files/makeSafetensors.ts";

export interface RandomTable {
  readonly features: number[][];
  readonly labels: number[];
  /** One group for all where there are none. */
  readonly groups: number[];
}

export interface RandomProblem {
  readonly classes: number;
  readonly groupCount: number;
  readonly tables: {
    readonly train: RandomTable;
    readonly validation: RandomTable;
    readonly test: RandomTable | null;
  };
  readonly head: { readonly weight: number[][]; readonly bias: number[] };
  readonly configuration: Record<string, unknown> & {
    readonly unjudged: "refuse" | "allow";
    readonly objective: string;
  };
}

/** The same seed makes the same problem. */
export function randomProblem(seed: number): RandomProblem {
  const random = new Random(seed, 101);
  const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)] as T;
  const noise = () => random.uniform() + random.uniform() + random.uniform() - 1.5;
  const classes = 2 + random.integer(5);
  const groupCount = pick([0, 0, 2, 3]);
  const shift = Array.from({ length: Math.max(1, groupCount) }, () => noise());
  const spread = 0.6 + 1.6 * random.uniform();
  const frequency = Array.from({ length: classes }, () => 0.1 + random.uniform() ** 2);
  const total = frequency.reduce((sum, each) => sum + each, 0);
  const drawLabel = () => {
    let left = random.uniform() * total;
    return Math.max(
      0,
      frequency.findIndex((each) => {
        left -= each;
        return left < 0;
      }),
    );
  };
  const table = (rows: number, missing: readonly string[]): RandomTable => {
    const made: RandomTable = { features: [], labels: [], groups: [] };
    while (made.labels.length < rows) {
      const label = drawLabel();
      const group = random.integer(Math.max(1, groupCount));
      if (missing.includes(`${label}`) || missing.includes(`${label}/${group}`)) continue;
      made.labels.push(label);
      made.groups.push(group);
      made.features.push(
        Array.from(
          { length: classes },
          (_, k) => (k === label ? 2 : 0) + (k === 0 ? (shift[group] ?? 0) : 0) + spread * noise(),
        ),
      );
    }
    return made;
  };
  const cell = () => `${random.integer(classes)}${groupCount > 0 ? `/${random.integer(groupCount)}` : ""}`;
  const missing = (chance: number) => (classes > 2 && random.uniform() < chance ? [cell()] : []);
  const tables = {
    train: table(60 + random.integer(140), missing(0.15)),
    validation: table(20 + random.integer(130), missing(0.25)),
    test: random.uniform() < 0.5 ? table(30 + random.integer(170), missing(0.15)) : null,
  };
  const usable = ({ needs }: { readonly needs: string | null }) => needs !== "groups" || groupCount > 0;
  const constraints = Array.from({ length: random.integer(3) }, () => {
    const metric = pick(constraintIds.filter((id) => usable(metricOf(id))));
    const { bounds, unit } = metricOf(metric);
    const kind = pick(bounds);
    const typical =
      unit === "difference"
        ? 0.25
        : metric.toLowerCase().includes("coverage") && unit === "share"
          ? 1 / classes
          : 0.6;
    const named = random.uniform() < 0.5 && hasClasses(metric);
    return {
      metric,
      [kind]: Math.round(100 * Math.min(1, typical * (0.4 + random.uniform()))) / 100,
      ...(named && { classes: [random.integer(classes)] }),
    };
  });
  return {
    classes,
    groupCount,
    tables,
    head: {
      weight: Array.from({ length: classes }, (_, k) =>
        Array.from({ length: classes }, (_, d) => (k === d ? 2 : 0) + 0.7 * noise()),
      ),
      bias: Array.from(
        { length: classes },
        (_, k) => 2 * Math.log((frequency[k] ?? 0) / total) * random.uniform() + noise(),
      ),
    },
    configuration: {
      objective: pick(objectiveIds.filter((id) => usable(metricOf(id)))),
      constraints,
      unjudged: pick(["refuse", "allow"] as const),
      validationMissing: "allow",
      tuning: {
        steps: 10 + random.integer(60),
        seed,
        start: pick(["auto", "auto", "checkpoint", "logitAdjusted"]),
        controls: pick(["trainingFree", "trainingFree", "none"]),
        cycle: 10,
      },
    },
  };
}

/** The bytes of a table's file. */
export function tableBytes({ features, labels, groups }: RandomTable, grouped: boolean): Uint8Array {
  const rows = labels.length;
  return makeSafetensors({
    features: { dtype: "F32", shape: [rows, features[0]?.length ?? 0], values: features.flat() },
    labels: { dtype: "I64", shape: [rows], values: labels },
    ...(grouped && { groups: { dtype: "I64", shape: [rows], values: groups } }),
  });
}

/** The bytes of the checkpoint. */
export function headBytes({ weight, bias }: RandomProblem["head"]): Uint8Array {
  return makeSafetensors({
    "head.weight": { dtype: "F32", shape: [weight.length, weight[0]?.length ?? 0], values: weight.flat() },
    "head.bias": { dtype: "F32", shape: [bias.length], values: bias },
  });
}
