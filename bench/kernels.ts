/** Gain, steps and validation pass on a backend, as ratios to its plain matrix product in the same run. */

import type { MixedSample } from "../src/selmix/mixing/mixedBatch.ts";
import { type Head, rowsInMemory } from "../src/selmix/problem.ts";
import type { Compute } from "../src/selmix/validation/evaluator.ts";
import { medians, type Row, randomValues, row } from "./measure.ts";
import type { MakeProduct } from "./products.ts";
import type { PytorchStep } from "./pytorch.ts";

function randomHead(classes: number, size: number): Head {
  const weight = randomValues(classes * size, 3, 1 / Math.sqrt(size));
  return { classes, size, weight, bias: randomValues(classes, 4) };
}

/** Floating-point operations of the products in a gain (two to a multiply-add); Z Z' is made once, outside. */
function gainOperations(classes: number, size: number): number {
  return 2 * classes ** 2 * size + 8 * classes ** 3;
}

export async function benchGain(
  compute: Compute,
  product: MakeProduct,
  classes: number,
  size: number,
): Promise<Row[]> {
  const labels = Int32Array.from({ length: classes }, (_unused, k) => k);
  const head = randomHead(classes, size);
  const gains = compute.gains(randomValues(classes * size, 5), labels, head);
  const derivative = randomValues(classes ** 2, 6, 1 / classes ** 2);
  const peers = [product(classes, size, classes), product(classes, classes, classes)];
  const repeats = classes >= 1000 ? 7 : 40;
  const [whole, logits, square] = await medians(
    [async () => void (await gains.of(head, derivative)), ...peers.map((peer) => peer.run)],
    repeats,
  );
  for (const peer of peers) peer.dispose();
  gains.dispose();
  const operations = gainOperations(classes, size);
  const plain = logits + 4 * square;
  const rate = (milliseconds: number) => operations / milliseconds / 1e6;
  const name = `gain (${classes}, ${size})`;
  return [
    row(`${name} time`, whole, "ms"),
    row(`${name} rate`, rate(whole), "GFLOP/s", { name: "its plain products", value: rate(plain) }),
  ];
}

/** Pairs of rows from all over a table of 2000, as a policy draws them. */
export function scatteredSamples(classes: number, size: number, batch: number): MixedSample[] {
  const rows = rowsInMemory(randomValues(2000 * size, 8), size);
  return Array.from({ length: batch }, (_unused, at) => ({
    first: { rows, row: (at * 7) % 2000 },
    second: { rows, row: (at * 13) % 2000 },
    beta: 0.8,
    label: at % classes,
  }));
}

export async function benchSteps(
  compute: Compute,
  product: MakeProduct,
  classes: number,
  size: number,
  batch: number,
  pytorch: PytorchStep | null,
): Promise<Row[]> {
  const trainer = compute.trainer(randomHead(classes, size), batch);
  const samples = scatteredSamples(classes, size, batch);
  const forward = product(batch, size, classes);
  const backward = product(size, batch, classes);
  const many = classes >= 1000 ? 30 : classes >= 100 ? 60 : 100;
  const repeat = (operation: () => void | Promise<void>) => async () => {
    for (let at = 0; at < many; at++) await operation();
  };
  const [steps, ahead, back] = await medians(
    [
      async () => {
        for (let at = 0; at < many; at++) await trainer.step(samples, 1e-4);
        await trainer.settled();
      },
      repeat(forward.run),
      repeat(backward.run),
    ],
    9,
  );
  trainer.dispose();
  forward.dispose();
  backward.dispose();
  const name = `step (${classes}, ${size}, ${batch})`;
  const plain = { name: "its two plain products", value: (1000 * many) / (ahead + back) };
  const result = [
    row(`${name} time`, steps / many, "ms"),
    row(`${name} rate`, (1000 * many) / steps, "steps/s", plain),
  ];
  if (pytorch === null) return result;
  const against = { name: "bare PyTorch loop", value: pytorch.loop };
  const atLeast = { name: "the same arithmetic in PyTorch, without autograd", value: pytorch.arithmetic };
  return [
    ...result,
    row(`${name} against PyTorch`, steps / many, "ms", against),
    row(`${name} against PyTorch's arithmetic`, steps / many, "ms", atLeast),
  ];
}

export async function benchValidation(
  compute: Compute,
  product: MakeProduct,
  count: number,
  classes: number,
  size: number,
): Promise<Row[]> {
  const head = randomHead(classes, size);
  const set = compute.features(rowsInMemory(randomValues(count * size, 9), size), head);
  const peer = product(count, size + 1, classes);
  const [pass, plain] = await medians([async () => void (await set.predict([head])), peer.run], 9);
  set.dispose();
  peer.dispose();
  return [
    row(`validation pass ${count} x (${classes}, ${size})`, pass, "ms", {
      name: "its plain product",
      value: plain,
    }),
  ];
}
