/** From the start of the process to the tuned file, on the example workspace. */

import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { chooseBackend } from "../src/engine/backends/index.ts";
import { runTune } from "./command.ts";
import { medians, type Row, randomValues, row, settle } from "./measure.ts";

const RUNS = 5;

/** A product of two 1024 x 1024 matrices on wasm, which tells how fast this machine is just now. */
async function referenceProduct(): Promise<number> {
  await chooseBackend({ forced: "wasm" });
  const a = tf.tensor2d(randomValues(1024 ** 2, 1), [1024, 1024]);
  const [milliseconds] = await medians(
    [
      async () => {
        const b: tf.Tensor2D = tf.matMul(a, a);
        await settle(b);
        b.dispose();
      },
    ],
    9,
  );
  a.dispose();
  return milliseconds;
}

export async function benchExample(): Promise<Row[]> {
  const configuration = path.resolve(import.meta.dirname, "../examples/fashion-mnist-lt/selmix.json");
  const runs = [];
  for (let at = 0; at < RUNS; at++) runs.push(await runTune(["--config", configuration]));
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const reference = { name: "a 1024 product on wasm, ms", value: await referenceProduct() };
  const tune = median(runs.map(({ result }) => 1000 * result.seconds.tune));
  const saved = runs.map(({ result: { seconds } }) => 1000 * (seconds.load + seconds.tune + seconds.save));
  return [
    row("example: load, tune and save", median(saved), "ms", reference),
    row("example: tune", tune, "ms", reference),
    row(
      "example: whole process, controls included",
      median(runs.map((run) => run.milliseconds)),
      "ms",
      reference,
    ),
    row("example: peak memory", median(runs.map((run) => run.peakMegabytes)), "MB"),
  ];
}
