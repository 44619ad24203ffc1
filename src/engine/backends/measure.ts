/** How fast a backend is on the shapes of our work, and what that means for a job. */

import type { MixedSample } from "../../selmix/mixing/mixedBatch.ts";
import { type Head, rowsInMemory } from "../../selmix/problem.ts";
import type { Compute, Gains, HeadTrainer } from "../../selmix/validation/evaluator.ts";

/** The sizes that decide which backend is fastest. */
export interface JobSize {
  /** K */
  readonly classes: number;
  /** d */
  readonly size: number;
  /** Samples a step. */
  readonly batch: number;
  /** B; the same as `classes` without groups. */
  readonly buckets: number;
  readonly steps: number;
}

/** Time of one cycle (ten steps and a gain) that takes `flops` floating-point operations. */
export interface CycleTime {
  readonly flops: number;
  readonly milliseconds: number;
}

const stepsPerCycle = 10;

/** Three heads: the example's, a CIFAR-100 one, an ImageNet one. */
const measuredSizes: readonly JobSize[] = [
  { classes: 10, size: 128, batch: 64, buckets: 10, steps: 2000 },
  { classes: 100, size: 512, batch: 128, buckets: 100, steps: 2000 },
  { classes: 1000, size: 2048, batch: 256, buckets: 1000, steps: 2000 },
];

/** A size of which one step would take longer than this is left out. */
const patienceMs = 1000;

export function cycleFlops({ classes, size, batch, buckets }: JobSize): number {
  const step = 4 * batch * classes * size;
  const gain = 2 * buckets * (classes * size + buckets * size + 4 * buckets * classes);
  return stepsPerCycle * step + gain;
}

/** Steps and a gain as tuning does them, on numbers that do not matter. */
class DryRun {
  readonly #size: JobSize;
  readonly #samples: readonly MixedSample[];
  readonly #trainer: HeadTrainer;
  readonly #head: Head;
  readonly #gains: Gains;
  readonly #derivative: Float32Array;

  constructor(job: JobSize, compute: Compute) {
    const { classes, size, batch, buckets } = job;
    this.#size = job;
    const rows = rowsInMemory(new Float32Array(batch * size).fill(0.1), size);
    this.#samples = Array.from({ length: batch }, (_, row) => ({
      first: { rows, row },
      second: { rows, row: batch - 1 - row },
      beta: 0.8,
      label: row % classes,
    }));
    const [weight, bias] = [new Float32Array(classes * size), new Float32Array(classes)];
    this.#head = { classes, size, weight, bias };
    this.#trainer = compute.trainer(this.#head, batch);
    const labels = Int32Array.from({ length: buckets }, (_, bucket) => bucket % classes);
    this.#gains = compute.gains(new Float32Array(buckets * size).fill(0.1), labels, this.#head);
    this.#derivative = new Float32Array(buckets * classes).fill(1 / classes);
  }

  async step(): Promise<void> {
    await this.#trainer.step(this.#samples, 1e-6);
    await this.#trainer.settled();
  }

  async gain(): Promise<void> {
    await this.#gains.of(this.#head, this.#derivative);
  }

  get flops(): number {
    return cycleFlops(this.#size);
  }

  dispose(): void {
    this.#trainer.dispose();
    this.#gains.dispose();
  }
}

/** The best of a few runs in milliseconds, the first of which (compilation, allocation) does not count unless it is slow. */
async function timed(action: () => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  const started = performance.now();
  for (let run = 0; run < 6; run++) {
    const before = performance.now();
    await action();
    const took = performance.now() - before;
    if (run > 0 || took > patienceMs) best = Math.min(best, took);
    if (performance.now() - started > patienceMs) break;
  }
  return best;
}

/** Times a cycle of each size on a backend; stops early on a slow one. */
export async function measureCycles(compute: Compute): Promise<CycleTime[]> {
  const times: CycleTime[] = [];
  for (const size of measuredSizes) {
    const last = times.at(-1);
    const ahead = last ? (last.milliseconds / stepsPerCycle) * (cycleFlops(size) / last.flops) : 0;
    if (ahead > patienceMs) break;
    const dryRun = new DryRun(size, compute);
    try {
      const step = await timed(() => dryRun.step());
      const gain = step > patienceMs ? step : await timed(() => dryRun.gain());
      times.push({ flops: dryRun.flops, milliseconds: stepsPerCycle * step + gain });
    } finally {
      dryRun.dispose();
    }
  }
  return times;
}

/** Expected seconds of a tune: the measured cycles, joined by straight lines and prolonged in proportion to the work. */
export function expectedSeconds(times: readonly CycleTime[], job: JobSize): number {
  const flops = cycleFlops(job);
  const cycles = job.steps / stepsPerCycle;
  const first = times[0];
  const last = times.at(-1);
  if (!first || !last) return Number.POSITIVE_INFINITY;
  if (flops <= first.flops) return (cycles * first.milliseconds) / 1000;
  if (flops >= last.flops) return (cycles * last.milliseconds * (flops / last.flops)) / 1000;
  const above = times.findIndex((each) => each.flops >= flops);
  const [from, to] = [times[above - 1], times[above]];
  const share = (flops - from.flops) / (to.flops - from.flops);
  return (cycles * (from.milliseconds + share * (to.milliseconds - from.milliseconds))) / 1000;
}

/** Whether WebAssembly surely ends within seconds, even on a slow processor: then nothing else is worth starting. */
export function isSmall(job: JobSize): boolean {
  const slowCore = { launchSeconds: 0.0003, flopsPerSecond: 1e10 };
  const work = ((job.steps / stepsPerCycle) * cycleFlops(job)) / slowCore.flopsPerSecond;
  return job.steps * slowCore.launchSeconds + work < 3;
}
