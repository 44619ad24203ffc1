/**
 * Where a run that trains a whole network stands, in one safetensors file of its folder: weights as tensors, the rest as
 * JSON in a tensor of bytes, arrays in it as base64. Written whole or not at all, so that a run that dies can go on.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { writeAtomically, writeFully } from "../../files/atomic.ts";
import { remove } from "../../files/direct.ts";
import { decodeFloats } from "../../files/numbers.ts";
import { openSource, readLong, type SourceFile } from "../../files/ranges.ts";
import { readSafetensors, type SafetensorsEntry, safetensorsHeader } from "../../files/safetensors.ts";
import type { RunMark, RunWriter } from "../../project/runFolder.ts";
import { startRecord } from "../../protocol/records.ts";
import { type KeptNetwork, type NetworkNumbers, standingParts } from "../../selmix/whole/network.ts";
import type { WholeState } from "../../selmix/whole/tuneWhole.ts";
import { JobError } from "../errors.ts";
import { courseState, memoryState } from "./courseState.ts";

const stateFile = "state.safetensors";

const leastPauseMs = 5000;
const pauseShare = 20;

export interface SavedState {
  readonly state: WholeState;
  /** How long the run's files were then. */
  readonly mark: RunMark;
}

const whole = z.int().nonnegative();

const saved = z.object({
  version: z.literal(1),
  step: whole,
  start: startRecord,
  random: z.array(whole).length(4),
  memory: memoryState,
  course: courseState,
  mark: z.object({ records: whole, nextStep: z.number(), historyBytes: whole, gainBytes: whole }),
});

/** Writes states now and then: the first at once, the others with pauses that are long beside what they take. */
export class StateSaver {
  readonly #run: RunWriter;
  #next = 0;

  constructor(run: RunWriter) {
    this.#run = run;
  }

  async offer(state: () => Promise<WholeState>): Promise<void> {
    const started = performance.now();
    if (started < this.#next) return;
    const { mark } = this.#run;
    await saveState(this.#run.folder, { state: await state(), mark });
    const took = performance.now() - started;
    this.#next = performance.now() + Math.max(leastPauseMs, pauseShare * took);
  }
}

/** Writes a state, over the one before. */
export async function saveState(folder: string, { state, mark }: SavedState): Promise<void> {
  const { standing, teacher, course, ...rest } = state;
  const { best: kept, selection } = course;
  if (kept === null || selection === null) return;
  const { kept: network, ...best } = kept;
  const text = z.safeEncode(saved, {
    version: 1,
    ...rest,
    random: [...rest.random],
    course: { ...course, selection, best },
    mark,
  });
  // A network that has diverged has numbers that JSON has not, and is nothing to go on with.
  if (!text.success) return;
  const parts = [
    { name: "state", type: "U8", values: new Uint8Array(Buffer.from(JSON.stringify(text.data))) },
    ...standingParts.flatMap((part) => tensorsOf(part, standing[part])),
    ...tensorsOf("best", network),
    ...tensorsOf("teacher", { matrix: teacher, weights: null }),
  ];
  const header = safetensorsHeader(
    parts.map(({ name, type, values }) => ({ name, type, shape: [values.length], bytes: values.byteLength })),
  );
  await writeAtomically(path.join(folder, stateFile), async (handle) => {
    await writeFully(handle, header, 0);
    let at = header.length;
    for (const { values } of parts) {
      await writeFully(handle, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
      at += values.byteLength;
    }
  });
}

/** Reads the state of a run. Throws `JobError` or `FileError` in one sentence when there is none, or none that fits. */
export async function readState(folder: string): Promise<SavedState> {
  const file = path.join(folder, stateFile);
  if (!existsSync(file)) {
    throw new JobError(
      `${folder} kept no state to go on from: it ended, or it stopped before the backbone moved; tune afresh.`,
    );
  }
  const source = await openSource(file);
  try {
    const entries = new Map((await readSafetensors(source)).map((entry) => [entry.name, entry]));
    const rest = parse(file, await textOf(source, entries.get("state")));
    const network = (name: string) => networkOf(source, entries, name);
    const { mark, course, version: _, ...others } = rest;
    const best = { ...course.best, kept: await network("best") };
    const { matrix: teacher } = await network("teacher");
    const standing = {
      live: complete(file, await network("live")),
      average: complete(file, await network("average")),
      firstMoment: complete(file, await network("firstMoment")),
      secondMoment: complete(file, await network("secondMoment")),
    };
    const state = { ...others, course: { ...course, best }, standing, teacher };
    return { state, mark };
  } finally {
    await source.close();
  }
}

function tensorsOf(name: string, { matrix, weights }: KeptNetwork) {
  const all = [{ name: `${name}.matrix`, values: matrix }].concat(
    (weights ?? []).map((values, at) => ({ name: `${name}.${at}`, values })),
  );
  return all.map((one) => ({ ...one, type: "F32" }));
}

function parse(file: string, text: string): z.output<typeof saved> {
  try {
    return z.decode(saved, JSON.parse(text));
  } catch {
    throw new JobError(`${file} is no state of a tune; tune afresh.`);
  }
}

async function textOf(source: SourceFile, entry: SafetensorsEntry | undefined): Promise<string> {
  if (!entry) throw incomplete(source.path, "state");
  return Buffer.from(await readLong(source, entry.offset, entry.bytes)).toString("utf8");
}

async function networkOf(
  source: SourceFile,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  name: string,
): Promise<KeptNetwork> {
  const matrix = await numbersOf(source, entries.get(`${name}.matrix`));
  const weights: Float32Array[] = [];
  for (let at = 0; entries.has(`${name}.${at}`); at++) {
    weights.push(await numbersOf(source, entries.get(`${name}.${at}`)));
  }
  return { matrix, weights: weights.length > 0 ? weights : null };
}

function complete(file: string, { matrix, weights }: KeptNetwork): NetworkNumbers {
  if (weights === null) throw incomplete(file, "a backbone");
  return { matrix, weights };
}

async function numbersOf(source: SourceFile, entry: SafetensorsEntry | undefined): Promise<Float32Array> {
  if (entry?.type !== "F32") throw incomplete(source.path, entry?.name ?? "a network");
  const values = new Float32Array(entry.bytes / 4);
  decodeFloats("F32", await readLong(source, entry.offset, entry.bytes), values.length, values, 0);
  return values;
}

function incomplete(file: string, what: string): JobError {
  return new JobError(`${file} does not hold ${what} as it should; tune afresh.`);
}

/** A run that has ended needs no state. */
export function removeState(folder: string): void {
  remove(path.join(folder, stateFile));
}
