/** Where the time of a step and of a gain goes, part by part, on a backend that has finished an operation when it returns. */
import * as tf from "@tensorflow/tfjs-core";
import { isTensorFlowBackend, type TensorFlowBackend } from "../src/engine/backends/tensorflowBackend.ts";
import { TensorFlowOperations } from "../src/engine/backends/tensorflowOperations.ts";
import { paddedWidth } from "../src/engine/backends/tensorflowTrainer.ts";
import { MixedBatch, type MixedSample } from "../src/selmix/mixing/mixedBatch.ts";
import { transposesFreely } from "../src/selmix/tensors/products.ts";
import { medians, randomValues } from "./measure.ts";

/** Parts that together are one step or one gain; what is left of the whole is calls, uploads and JavaScript between them. */
export interface Profile {
  readonly name: string;
  readonly parts: readonly { readonly name: string; readonly milliseconds: number }[];
}

type Operation = () => void | Promise<void>;

const random = (rows: number, columns: number, seed: number): tf.Tensor2D =>
  tf.tensor2d(randomValues(rows * columns, seed), [rows, columns]);

/** Runs some operations on tensors and lets their results go. */
const on =
  (...operations: readonly (() => tf.Tensor)[]): Operation =>
  () => {
    for (const operation of operations) operation().dispose();
  };

async function profile(name: string, parts: Record<string, Operation>, repeats: number): Promise<Profile> {
  const times = await medians(Object.values(parts), repeats);
  return {
    name,
    parts: Object.keys(parts).map((part, at) => ({ name: part, milliseconds: times[at] })),
  };
}

export async function profileStep(
  classes: number,
  size: number,
  batchSize: number,
  samples: readonly MixedSample[],
): Promise<Profile> {
  const backend = tf.backend();
  return tf.getBackend() === "tensorflow" && isTensorFlowBackend(backend) && !backend.isUsingGpuDevice
    ? profileTensorFlowStep(backend, classes, size, batchSize, samples)
    : profilePortableStep(classes, size, batchSize, samples);
}

/** The operations of `TensorFlowTrainer`. */
async function profileTensorFlowStep(
  backend: TensorFlowBackend,
  classes: number,
  size: number,
  batchSize: number,
  samples: readonly MixedSample[],
): Promise<Profile> {
  const operations = new TensorFlowOperations(backend.binding);
  const [width, rows] = [paddedWidth(size + 1), 2000];
  const made = (m: number, n: number, seed: number) => operations.floats([m, n], randomValues(m * n, seed));
  const [table, head, features] = [made(rows, width, 1), made(width, classes, 2), made(batchSize, width, 3)];
  const [error, gradient] = [made(batchSize, classes, 4), made(width, classes, 5)];
  const variable = operations.variable([width, classes], head);
  const places = Int32Array.from(
    samples.flatMap(({ first, second }, row) => [row, first.row, row, (second ?? first).row]),
  );
  const shares = randomValues(2 * batchSize, 6);
  const and =
    (...run: readonly (() => number)[]): Operation =>
    () => {
      for (const one of run) operations.free(one());
    };
  const result = await profile(
    `step (${classes}, ${size}, ${batchSize})`,
    {
      "mixing the batch": and(() => operations.sparseProduct([batchSize, rows], places, shares, table)),
      "two products": and(
        () => operations.product(features, head),
        () => operations.product(features, error, true),
      ),
      softmax: and(() => operations.softmax(error)),
      error: and(() => operations.difference(error, error)),
      "adding to the head": () => operations.descend(variable, 1e-9, gradient),
    },
    classes >= 1000 ? 9 : 60,
  );
  operations.destroy(variable);
  operations.free(table, head, features, error, gradient);
  return result;
}

async function profilePortableStep(
  classes: number,
  size: number,
  batchSize: number,
  samples: readonly MixedSample[],
): Promise<Profile> {
  const columns = size + 1;
  const free = transposesFreely();
  const batch = new MixedBatch(batchSize, columns, classes);
  const turned = new Float32Array(batchSize * columns);
  const head = random(columns, classes, 1);
  const features = random(batchSize, columns, 2);
  const transposed = random(columns, batchSize, 3);
  const error = random(batchSize, classes, 4);
  const result = await profile(
    `step (${classes}, ${size}, ${batchSize})`,
    {
      "mixing the batch": () => {
        batch.mix(samples);
        if (!free) batch.transpose(batchSize, turned, 0.5, "transposed");
      },
      "two products": on(
        () => tf.matMul(features, head),
        () => (free ? tf.matMul(features, error, true) : tf.matMul(transposed, error)),
      ),
      softmax: on(() => tf.softmax(error)),
      "error, scaled": on(() => tf.sub(error, error), ...(free ? [() => tf.mul(error, 0.5)] : [])),
      "adding to the head": on(() => tf.add(head, head)),
    },
    classes >= 1000 ? 9 : 60,
  );
  tf.dispose([head, features, transposed, error]);
  return result;
}

export async function profileGain(classes: number, size: number): Promise<Profile> {
  const free = transposesFreely();
  const prototypes = random(classes, size + 1, 1);
  const head = random(size + 1, classes, 2);
  const square = random(classes, classes, 3);
  const column = random(classes, 1, 4);
  const plain = () => tf.matMul(square, square);
  const flagged = free ? () => tf.matMul(square, square, false, true) : plain;
  const result = await profile(
    `gain (${classes}, ${size})`,
    {
      "five products": on(() => tf.matMul(prototypes, head), plain, flagged, flagged, flagged),
      ...(!free && {
        "two transposes": on(
          () => tf.transpose(square),
          () => tf.transpose(square),
        ),
      }),
      exponentials: on(
        () => tf.max(square, 1, true),
        () => tf.sub(square, column),
        () => tf.mul(square, 0.5),
        () => tf.mul(square, 0.5),
        () => tf.exp(square),
        () => tf.exp(square),
      ),
      "five more passes": on(
        () => tf.mul(square, square),
        () => tf.mul(square, square),
        () => tf.mul(square, 0.5),
        () => tf.add(square, square),
        () => tf.div(square, square),
      ),
      "reading back": async () => {
        await Promise.all([square.data(), square.data()]);
      },
    },
    classes >= 1000 ? 7 : 40,
  );
  tf.dispose([prototypes, head, square, column]);
  return result;
}
