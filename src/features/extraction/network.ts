/** Features by running a network on samples: batch after batch, into tables that appear when all are whole. */
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { type Writing, writeFully, writeTogether } from "../../files/atomic.ts";
import { elementCount } from "../../files/numbers.ts";
import { safetensorsHeader } from "../../files/safetensors.ts";
import type { Head } from "../../selmix/problem.ts";
import { bodyHashName, FeatureTableError } from "../table.ts";
import type { ExtractionProgress } from "./command.ts";
import { fitSamples, type InputForm, imageSizeOf } from "./fit.ts";
import { compareLogits } from "./logits.ts";
import { openSamples } from "./openSamples.ts";
import type { Samples } from "./samples.ts";
import type { NetworkSettings } from "./settings.ts";
import { fingerprint, isCurrent, makeOnce, writtenState } from "./stamp.ts";

/** A network that can be run. */
export interface Network {
  readonly input: InputForm;
  /** Number of samples that it takes at once, where it takes no other; null when any. */
  readonly batchSize: number | null;
  /** Runs samples; `outputs` are the network's own, where they are asked for and there. */
  run(
    batch: Float32Array,
    count: number,
    shape: readonly number[],
  ): Promise<{ readonly features: Float32Array; readonly outputs: Float32Array | null }>;
  close(): Promise<void>;
}

export interface NetworkExtraction {
  readonly settings: NetworkSettings;
  /** Opens the network; not called when the tables are there. */
  open(): Promise<Network>;
  /** Whatever else decides the features: content hashes, the layer. */
  readonly madeFrom: readonly unknown[];
  /** Samples and the table that is made of them; all paths absolute. */
  readonly tables: readonly { readonly samples: string; readonly table: string }[];
  readonly classes: readonly string[] | null;
  /** The head to compare with the network's own outputs, where they are the head's. */
  readonly head: Head | null;
  /** `bodyHash` of the checkpoint whose network it is, which the tables then carry; null where it is another's or cannot be told. */
  readonly body: (() => Promise<string | null>) | null;
  readonly stamp: string;
  readonly signal?: AbortSignal;
  /** Asked when every table is written, and none has its name yet. */
  readonly gate?: Writing["gate"];
  onProgress?(progress: ExtractionProgress): void;
}

/**
 * Makes the tables unless they were made from the same network, samples and settings and are untouched. Returns whether it did.
 * Throws `FeatureTableError` or `FileError` in one sentence, or the signal's reason; no table is there half.
 */
export async function extractByNetwork(request: NetworkExtraction): Promise<boolean> {
  const { settings, tables, stamp, signal } = request;
  const data = await Promise.all(tables.map(({ samples }) => writtenState(samples)));
  const madeFrom = await fingerprint([settings, request.madeFrom, request.classes, data], [], signal);
  const paths = tables.map(({ table }) => table);
  if (await isCurrent(stamp, madeFrom, paths)) return false;
  for (const table of paths) {
    if (path.extname(table) !== ".safetensors") {
      throw new FeatureTableError(
        `features.network writes safetensors, and ${table} is named otherwise; rename it in selmix.json.`,
      );
    }
  }
  await makeOnce(stamp, madeFrom, paths, () => runAll(request));
  return true;
}

async function runAll(request: NetworkExtraction): Promise<void> {
  const network = await request.open();
  const opened: Samples[] = [];
  try {
    const size = request.settings.size ?? imageSizeOf(network.input);
    for (const { samples } of request.tables)
      opened.push(await openSamples(samples, { size, classes: request.classes }));
    const body = request.body && (await request.body());
    const metadata: Record<string, string> = body === null ? {} : { [bodyHashName]: body };
    const total = opened.reduce((sum, samples) => sum + samples.count, 0);
    let done = 0;
    const count = (table: string, rows: number) => {
      done += rows;
      request.onProgress?.({ message: `features of ${path.basename(table)}`, step: done, steps: total });
    };
    const files = request.tables.map(({ table }, i) => ({
      target: table,
      write: async (handle: FileHandle) => {
        const samples = opened[i];
        const onRows = (rows: number) => count(table, rows);
        if (samples) await writeTable(handle, { request, network, metadata, onRows }, samples);
      },
    }));
    const { signal, gate } = request;
    await writeTogether(files, { ...(signal && { signal }), ...(gate && { gate }) });
  } finally {
    await Promise.all(opened.map((samples) => samples.close()));
    await network.close();
  }
}

interface TableWriting {
  readonly request: NetworkExtraction;
  readonly network: Network;
  readonly metadata: Readonly<Record<string, string>>;
  onRows(rows: number): void;
}

/** Writes features [N,d] as float32, then labels and groups. The first batch tells d, and whether the head agrees. */
async function writeTable(
  handle: FileHandle,
  { request, network, metadata, onRows }: TableWriting,
  samples: Samples,
): Promise<void> {
  const { settings, head, signal } = request;
  const fit = fitSamples(samples, network.input, settings);
  const batchSize = network.batchSize ?? settings.batchSize;
  let at = 0;
  let size = 0;
  for (let start = 0; start < samples.count; start += batchSize) {
    signal?.throwIfAborted();
    const count = Math.min(batchSize, samples.count - start);
    const batch = fit.apply(await samples.read(start, count), count);
    const { features, outputs } = await runBatch(network, batch, count, fit.shape);
    if (start === 0) {
      const problem = head && outputs ? compareLogits(head, features, outputs) : null;
      if (problem !== null) throw new FeatureTableError(`${samples.path} gives wrong features: ${problem}.`);
      size = features.length / count;
      const header = tableHeader(samples, size, metadata);
      await writeFully(handle, header, 0);
      at = header.length;
    }
    if (features.length !== count * size) {
      throw new FeatureTableError(
        `${samples.path} gives ${features.length / count} features after ${size}; name another layer.`,
      );
    }
    await writeFully(handle, new Uint8Array(features.buffer, features.byteOffset, features.byteLength), at);
    at += features.byteLength;
    onRows(count);
  }
  for (const indices of [samples.labels, samples.groups]) {
    if (!indices) continue;
    await writeFully(handle, new Uint8Array(indices.buffer, indices.byteOffset, indices.byteLength), at);
    at += indices.byteLength;
  }
}

/** Runs a batch; a network that takes a fixed number of samples gets zeros for those that are missing. */
async function runBatch(network: Network, batch: Float32Array, count: number, shape: readonly number[]) {
  const taken = network.batchSize ?? count;
  if (taken === count) return network.run(batch, count, shape);
  const padded = new Float32Array((batch.length / count) * taken);
  padded.set(batch);
  const { features, outputs } = await network.run(padded, taken, shape);
  const share = (values: Float32Array) => values.subarray(0, (values.length / taken) * count);
  return { features: share(features), outputs: outputs && share(outputs) };
}

function tableHeader(
  { count, labels, groups }: Samples,
  size: number,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entry = (name: string, type: string, shape: number[]) => ({
    ...{ name, type, shape },
    bytes: 4 * elementCount(shape),
  });
  const tensors = [
    entry("features", "F32", [count, size]),
    ...(labels ? [entry("labels", "I32", [count])] : []),
    ...(groups ? [entry("groups", "I32", [count])] : []),
  ];
  return safetensorsHeader(tensors, metadata);
}
