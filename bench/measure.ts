/** Shared by the measurements: timing, rows of results, random data. */
import * as tf from "@tensorflow/tfjs-core";
import { Random } from "../src/selmix/random.ts";

/** A measured value; `peer` is what it stands beside in the same run, `ratio` = value / peer (or peer / value for rates). */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: { readonly name: string; readonly value: number };
  readonly ratio?: number;
}

export function row(name: string, value: number, unit: string, peer?: { name: string; value: number }): Row {
  return peer === undefined ? { name, value, unit } : { name, value, unit, peer, ratio: value / peer.value };
}

/** Rounds measured however long they take, and seconds after which no further round begins. */
const FEWEST = 3;
const PATIENCE = 20;

/**
 * Median milliseconds of each of several operations, timed in turn, so that a machine that drifts treats all alike.
 * Slow operations are timed less often than asked for.
 */
export async function medians(
  operations: readonly (() => void | Promise<void>)[],
  repeats: number,
): Promise<number[]> {
  for (const operation of operations) await operation();
  const times = operations.map((): number[] => []);
  const started = performance.now();
  const enough = (done: number) => done >= FEWEST && performance.now() - started > 1000 * PATIENCE;
  for (let repeat = 0; repeat < repeats && !enough(repeat); repeat++) {
    for (const [at, operation] of operations.entries()) {
      const start = performance.now();
      await operation();
      times[at].push(performance.now() - start);
    }
  }
  return times.map((series) => series.sort((a, b) => a - b)[Math.floor(series.length / 2)]);
}

export function randomValues(count: number, seed: number, scale = 1): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => scale * (2 * random.uniform() - 1));
}

/** Waits until the device has finished what was asked of it. */
export async function settle(tensor: tf.Tensor): Promise<void> {
  const number = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), [0], [1]));
  await number.data();
  number.dispose();
}
