/** Small long-tailed problems made of Gaussian blobs, with a head trained on nothing but their means. */
import { type Bucket, type Problem, rowsInMemory } from "../../src/selmix/problem.ts";
import { Random } from "../../src/selmix/random.ts";

export interface BlobOptions {
  readonly classes: number;
  readonly size: number;
  readonly trainCounts: readonly number[];
  readonly validationPerBucket: number;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly unlabeled?: number;
  readonly seed?: number;
}

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** A problem whose head favours frequent classes, as one trained on long-tailed data does. */
export function blobProblem(options: BlobOptions): Problem {
  const { classes, size, trainCounts, validationPerBucket, groups = 1, bias = true } = options;
  const random = new Random(options.seed ?? 1);
  const centers = Float64Array.from({ length: classes * size }, () => 0.8 * gaussian(random));
  const buckets: Bucket[] = Array.from({ length: classes * groups }, (_unused, b) => ({
    label: b % classes,
    group: groups > 1 ? Math.floor(b / classes) : null,
  }));
  const sample = (perBucket: readonly number[]) => {
    const bucketOf = Int32Array.from(perBucket.flatMap((count, b) => new Array<number>(count).fill(b)));
    const values = new Float32Array(bucketOf.length * size);
    bucketOf.forEach((bucket, row) => {
      const { label, group } = buckets[bucket];
      for (let i = 0; i < size; i++) {
        const shift = group !== null && i === 0 ? 0.5 * group : 0;
        values[row * size + i] = centers[label * size + i] + shift + gaussian(random);
      }
    });
    return { rows: rowsInMemory(values, size), buckets: bucketOf };
  };
  const trainPerBucket = buckets.map((bucket) => trainCounts[bucket.label]);
  const total = trainCounts.reduce((sum, count) => sum + count, 0);
  const weight = Float32Array.from(centers);
  const offsets = Float32Array.from(trainCounts, (count, k) => {
    let norm = 0;
    for (let i = 0; i < size; i++) norm += centers[k * size + i] ** 2;
    return Math.log(count / total) - norm / 2;
  });
  const unlabeled =
    options.unlabeled === undefined ? undefined : sample(buckets.map(() => options.unlabeled ?? 0));
  return {
    classes,
    buckets,
    head: { classes, size, weight, bias: bias ? offsets : null },
    train: sample(trainPerBucket),
    validation: sample(buckets.map(() => validationPerBucket)),
    ...(unlabeled === undefined ? {} : { unlabeled: unlabeled.rows }),
  };
}

/** The problem most tests use: five classes from 400 samples down to 5. */
export function smallProblem(options: Partial<BlobOptions> = {}): Problem {
  return blobProblem({
    classes: 5,
    size: 4,
    trainCounts: [400, 130, 45, 15, 5],
    validationPerBucket: 100,
    ...options,
  });
}
