/** A checkpoint's network and images, opened to be trained as a whole (`tuning.train: "all"`). */
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { Checkpoint, TensorReplacement } from "../../checkpoints/checkpoint.ts";
import { fitSamples, imageSizeOf } from "../../features/extraction/fit.ts";
import { openSamples } from "../../features/extraction/openSamples.ts";
import { sampleRows } from "../../features/extraction/sampleRows.ts";
import type { Samples } from "../../features/extraction/samples.ts";
import type { NetworkSettings } from "../../features/extraction/settings.ts";
import { openTfjsBackbone, type TfjsBackbone } from "../../features/extraction/tfjsBackbone.ts";
import { elementCount, isFloatType } from "../../files/numbers.ts";
import type { TuneRequest } from "../../protocol/engine.ts";
import type { FeatureRows } from "../../selmix/problem.ts";
import {
  featuresOf,
  type SampleRows,
  underWeights,
  type WholeProblem,
  withRows,
} from "../../selmix/whole/backbone.ts";
import type { WholeOutcome } from "../../selmix/whole/tuneWhole.ts";
import { type Chosen, chooseBackendFor } from "../backends/index.ts";
import { JobError } from "../errors.ts";
import { yieldToEvents } from "../job.ts";
import { measureHeads } from "../measure/measure.ts";
import { placesOf } from "../problem/backend.ts";
import type { Prepared } from "../problem/prepare.ts";
import type { BeforeAndAfter } from "./training.ts";

type SetName = "train" | "validation" | "test" | "unlabeled";

/** What is open while a network is trained. */
interface Opened {
  readonly backbone: TfjsBackbone;
  readonly sets: Readonly<Record<SetName, SampleRows | null>>;
  close(): Promise<void>;
}

export class WholeNetwork {
  readonly backend: Chosen;
  readonly problem: WholeProblem;
  readonly #prepared: Prepared;
  readonly #opened: Opened;
  readonly #names: readonly string[];

  /** Opens everything on the first backend that can take a gradient of this network. Throws one sentence. */
  static async open(prepared: Prepared, request: TuneRequest, signal: AbortSignal): Promise<WholeNetwork> {
    const options = { ...placesOf(request), forced: request.backend, signal };
    const { backend, result } = await chooseBackendFor(options, () => openOnBackend(prepared));
    try {
      return new WholeNetwork(prepared, backend, result);
    } catch (error) {
      await result.close();
      throw error;
    }
  }

  private constructor(prepared: Prepared, backend: Chosen, opened: Opened) {
    const { backbone, sets } = opened;
    const { train, validation, unlabeled } = sets;
    if (train === null || validation === null) throw new Error("both sets are required");
    this.backend = backend;
    this.#prepared = prepared;
    this.#opened = opened;
    this.#names = backbone.names.map((name, at) =>
      requireWritable(prepared.checkpoint, name, backbone.weights[at].size),
    );
    const samples = { train, validation, ...(unlabeled && { unlabeled }) };
    this.problem = { ...prepared.problem, backbone, samples };
  }

  /** What writing the backbone of an outcome to the checkpoint's copy replaces. */
  replacements({ weights }: WholeOutcome): TensorReplacement[] {
    return (weights ?? []).map((values, at) => ({ name: this.#names[at], values }));
  }

  /** The checkpoint on its feature tables, and the network of an outcome on features made anew. */
  async measure({ head, weights }: WholeOutcome, signal: AbortSignal): Promise<BeforeAndAfter> {
    const { problem, test } = this.#prepared;
    const { validation, test: testSamples } = this.#opened.sets;
    const rows = async (samples: SampleRows | null) => (samples ? this.#features(samples, signal) : null);
    const { compute } = this.backend;
    const [before] = await measureHeads(this.#prepared, [problem.head], compute);
    const [after] = await this.#under(weights, async () => {
      const [onValidation, onTest] = [await rows(validation), await rows(testSamples)];
      const changed: Prepared = {
        ...this.#prepared,
        problem: {
          ...problem,
          validation: onValidation ? withRows(problem.validation, onValidation) : problem.validation,
        },
        test: test && onTest ? withRows(test, onTest) : null,
      };
      return measureHeads(changed, [head], compute);
    });
    if (!before || !after) throw new Error("one head was measured");
    return { before, after };
  }

  close(): Promise<void> {
    return this.#opened.close();
  }

  #features(samples: SampleRows, signal: AbortSignal): Promise<FeatureRows> {
    const { batchSize } = this.#prepared.project.configuration.tuning;
    const { head } = this.problem;
    return featuresOf(this.#opened.backbone, samples, head.size, 2 * batchSize, () => yieldToEvents(signal));
  }

  /** Works with other weights in the backbone; null for the checkpoint's. */
  async #under<T>(weights: readonly Float32Array[] | null, work: () => Promise<T>): Promise<T> {
    if (weights === null) return work();
    const { backbone } = this.#opened;
    const others = weights.map((values, at) => tf.tensor(values, backbone.weights[at].shape));
    try {
      return await underWeights(backbone, others, work);
    } finally {
      tf.dispose(others);
    }
  }
}

/** Opens network and samples on the current backend and takes one gradient, which some backends cannot. */
async function openOnBackend(prepared: Prepared): Promise<Opened> {
  const { project, checkpoint, location, problem } = prepared;
  const settings = project.configuration.features.network;
  if (!settings) throw new Error("checked with the configuration");
  const backbone = await openTfjsBackbone({
    model: checkpoint.path,
    kind: checkpoint.format === "keras" ? "keras" : "tfjs",
    layer: settings.layer ?? null,
    headWeight: location.weight,
  });
  const files: Samples[] = [];
  const close = async () => {
    backbone.close();
    await Promise.all(files.map((samples) => samples.close()));
  };
  try {
    const open = (name: SetName) => openSet(prepared, settings, backbone, name, files);
    const sets = {
      train: await open("train"),
      validation: await open("validation"),
      test: prepared.test && (await open("test")),
      unlabeled: problem.unlabeled ? await open("unlabeled") : null,
    };
    await tryGradient(backbone, sets.train?.shape ?? [], problem.head.size, checkpoint.path);
    return { backbone, sets, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A set's samples, a row each of its feature table. */
async function openSet(
  prepared: Prepared,
  settings: NetworkSettings,
  backbone: TfjsBackbone,
  name: SetName,
  files: Samples[],
): Promise<SampleRows | null> {
  const place = settings.data[name];
  if (place === undefined) return null;
  const { project, problem, test } = prepared;
  const size = settings.size ?? imageSizeOf(backbone.input);
  const classes = project.configuration.classes ?? null;
  const samples = await openSamples(path.resolve(project.folder, place), { size, classes });
  files.push(samples);
  const fit = fitSamples(samples, backbone.input, settings);
  if (name === "unlabeled") return sampleRows(samples, fit);
  const expected = name === "test" ? test : problem[name];
  if (samples.count !== expected?.rows.count) {
    throw new JobError(
      `${samples.path} has ${samples.count} samples for ${expected?.rows.count} rows of its feature table; remove the table, so that it is made again.`,
    );
  }
  return sampleRows(samples, fit);
}

/** Throws what the current backend throws when it lacks an operation. */
async function tryGradient(backbone: TfjsBackbone, shape: readonly number[], size: number, file: string) {
  const { features, changes } = gradientOfOne(backbone, shape);
  try {
    // Reading waits for the device, where errors may show late.
    await Promise.all([features, ...changes].map((tensor) => tensor.data()));
    if (features.shape[1] !== size) {
      throw new JobError(
        `${file} gives ${features.shape[1]} features where its head takes ${size}; name the layer before the head under features.network.layer.`,
      );
    }
  } finally {
    tf.dispose([features, ...changes]);
  }
}

function gradientOfOne(backbone: TfjsBackbone, shape: readonly number[]) {
  try {
    return tf.tidy(() => {
      const sample = tf.zeros([1, ...shape]);
      const features = backbone.features(sample);
      const loss = () => tf.sum<tf.Scalar>(backbone.features(sample));
      return { features, changes: Object.values(tf.variableGrads(loss, [...backbone.weights]).grads) };
    });
  } catch (error) {
    // A gradient that breaks off leaves what it saved for its way back.
    for (const { saved } of tf.engine().state.activeTape ?? []) tf.dispose(saved ?? []);
    throw error;
  }
}

/** The name of the tensor that a weight of the network is written to. */
function requireWritable(checkpoint: Checkpoint, name: string | null, count: number): string {
  const tensor = checkpoint.tensors.find((one) => one.name === name);
  if (!tensor || elementCount(tensor.shape) !== count || !isFloatType(tensor.type)) {
    const why =
      name === null ? "names several weights alike" : `keeps ${name} in a form that cannot be written back`;
    throw new JobError(`${checkpoint.path} ${why}; save the model again, or set "train" to "head".`);
  }
  return tensor.name;
}
