/** A closer look at a checkpoint: what a tensor's numbers are like, and the classes of the head. */

import path from "node:path";
import { openCheckpoint } from "../../checkpoints/formats.ts";
import { readHead } from "../../checkpoints/head.ts";
import { openFeatureTable } from "../../features/open.ts";
import type { IndexColumn } from "../../features/table.ts";
import { bytesPerElement, decodeFloats, elementCount, isFloatType } from "../../files/numbers.ts";
import type { ByteSource } from "../../files/ranges.ts";
import { classNamesOf } from "../../project/classNames.ts";
import type { Project } from "../../project/load.ts";
import type { JobRequest, JobResult } from "../../protocol/engine.ts";
import { className } from "../../words/names.ts";
import { isExpected, JobError } from "../errors.ts";
import { checkpointAt } from "../problem/chooseCheckpoint.ts";
import { tableOptions } from "../tables/tables.ts";
import { headFinder, knownProject } from "./inspect.ts";

type Request<Kind extends "tensor" | "headRows"> = Extract<JobRequest, { kind: Kind }>;

/** Of a longer tensor a part is looked at: a gigabyte would take seconds. */
const mostLookedAt = 2 ** 22;
/** That part lies in so many places, from one end to the other. */
const placesLookedAt = 64;
/** Of a larger head no norms are told. */
const mostInHead = 2 ** 25;

/**
 * Reads the numbers of a tensor; of a long one those in places from end to end, or the first ones where its format packs them. Throws `JobError` where there is no such
 * tensor, or it holds no floats.
 */
export async function tensorJob(
  { checkpoint: file, configurationPath, tensor, ...scope }: Request<"tensor">,
  signal: AbortSignal,
): Promise<JobResult<"tensor">> {
  const project = knownProject({ configurationPath, ...scope });
  const checkpoint = await openCheckpoint(await checkpointAt(file, project));
  try {
    const info = checkpoint.tensors.find(({ name }) => name === tensor);
    if (!info) throw new JobError(`${file} has no tensor ${tensor} any more; open it again.`);
    if (!isFloatType(info.type)) throw new JobError(`${tensor} holds ${info.type}, no floats to tell of.`);
    const floats = { type: info.type, width: bytesPerElement(info.type) ?? 1 };
    const total = elementCount(info.shape);
    const moments = new Moments();
    const add = (bytes: Uint8Array, count: number) => {
      signal.throwIfAborted();
      const numbers = new Float32Array(count);
      decodeFloats(floats.type, bytes, count, numbers, 0);
      moments.add(numbers);
    };
    const place = total > mostLookedAt ? await checkpoint.placeOf?.(tensor) : null;
    if (place) await readPlaces(place, total, floats.width, add);
    else await readFront(checkpoint.bytesOf(tensor), floats.width, add);
    return { tensor, total, spread: place != null, ...moments.told() };
  } finally {
    await checkpoint.close();
  }
}

type Add = (bytes: Uint8Array, count: number) => void;

/** Parts of one length, as far from each other as they can be: the first at the start, the last at the end. */
async function readPlaces(source: ByteSource, total: number, width: number, add: Add): Promise<void> {
  const count = mostLookedAt / placesLookedAt;
  for (let at = 0; at < placesLookedAt; at += 1) {
    const first = Math.floor(((total - count) * at) / (placesLookedAt - 1));
    add(await source.read(first * width, count * width), count);
  }
}

/** The first numbers of what comes in pieces. */
async function readFront(all: AsyncIterable<Uint8Array>, width: number, add: Add): Promise<void> {
  let [rest, seen]: [Uint8Array, number] = [new Uint8Array(), 0];
  for await (const piece of all) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const count = Math.min(Math.floor(bytes.length / width), mostLookedAt - seen);
    add(bytes, count);
    seen += count;
    if (seen >= mostLookedAt) break;
    rest = bytes.subarray(count * width);
  }
}

/** Mean and spread of numbers that come in pieces (Chan, Golub and LeVeque, 1979); what is not finite is counted apart. */
class Moments {
  seen = 0;
  #finite = 0;
  #zeros = 0;
  #mean = 0;
  #squares = 0;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;

  add(numbers: Float32Array): void {
    this.seen += numbers.length;
    let [count, sum] = [0, 0];
    for (const value of numbers) {
      if (!Number.isFinite(value)) continue;
      count++;
      sum += value;
      if (value === 0) this.#zeros++;
      if (value < this.#low) this.#low = value;
      if (value > this.#high) this.#high = value;
    }
    if (count === 0) return;
    const mean = sum / count;
    let squares = 0;
    for (const value of numbers) if (Number.isFinite(value)) squares += (value - mean) ** 2;
    const all = this.#finite + count;
    const apart = mean - this.#mean;
    this.#squares += squares + (apart * apart * this.#finite * count) / all;
    this.#mean += (apart * count) / all;
    this.#finite = all;
  }

  told() {
    const finite = this.#finite > 0;
    return {
      seen: this.seen,
      notFinite: this.seen - this.#finite,
      zeros: this.#zeros,
      mean: finite ? this.#mean : null,
      deviation: finite ? Math.sqrt(this.#squares / this.#finite) : null,
      low: finite ? this.#low : null,
      high: finite ? this.#high : null,
    };
  }
}

/** Norm and bias of each class, and how many training samples it has where the tables say so. */
export async function headRowsJob(request: Request<"headRows">): Promise<JobResult<"headRows">> {
  const project = knownProject(request);
  const checkpoint = await openCheckpoint(await checkpointAt(request.checkpoint, project));
  try {
    const { find } = await headFinder(checkpoint, project, request);
    const location = find();
    if (location.classes * location.size > mostInHead) {
      throw new JobError(
        `The head has ${location.classes} classes of ${location.size} features, too many to list.`,
      );
    }
    const { classes, size, weight, bias } = await readHead(checkpoint, location);
    const names = project && classNamesOf(project, checkpoint)?.names;
    const labels = project && (await trainLabels(project, request));
    const named = names?.length === classes ? names : (checkpoint.classNames ?? []);
    const counts = labels && countsOf(labels, named, classes);
    return {
      rows: Array.from({ length: classes }, (_unused, label) => ({
        class: className(named, label),
        norm: Math.sqrt(
          weight.subarray(label * size, (label + 1) * size).reduce((sum, one) => sum + one * one, 0),
        ),
        bias: bias?.[label] ?? null,
        samples: counts?.[label] ?? null,
      })),
    };
  } finally {
    await checkpoint.close();
  }
}

/** Null where there is no training table (yet). */
async function trainLabels(project: Project, scope: Request<"headRows">): Promise<IndexColumn | null> {
  const place = path.resolve(project.folder, project.configuration.features.train);
  try {
    const table = await openFeatureTable(place, { ...tableOptions(project, scope), inOrder: true });
    table.close();
    return table.labels;
  } catch (error) {
    if (!isExpected(error)) throw error;
    return null;
  }
}

/** Samples by class; null where labels are texts that are no names of classes. */
function countsOf({ codes, texts }: IndexColumn, names: readonly string[], classes: number): number[] | null {
  const places = texts?.map((text) => names.indexOf(text));
  if (places?.includes(-1)) return null;
  const counts = new Array<number>(classes).fill(0);
  for (const code of codes) {
    const label = places?.[code] ?? code;
    if (label < classes) counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}
