/**
 * What a run changed: the tensors of its head (or network) as they were written, and nothing that the checkpoint has anyway.
 * With the checkpoint, whose hash the run knows, the tuned copy can be made again.
 */
import path from "node:path";
import type { Checkpoint, TensorInfo, TensorReplacement } from "../../checkpoints/checkpoint.ts";
import { isSameContent } from "../../checkpoints/identity.ts";
import { writeFully, writeTogether } from "../../files/atomic.ts";
import { lookAt } from "../../files/fresh.ts";
import {
  bytesPerElement,
  decodeFloats,
  encodeFloats,
  type FloatType,
  isFloatType,
} from "../../files/numbers.ts";
import { openSource, readLong } from "../../files/ranges.ts";
import { readSafetensors, safetensorsHeader } from "../../files/safetensors.ts";
import { readRunRecord } from "../../project/readRuns.ts";
import { runFiles } from "../../project/runFolder.ts";
import { readContent } from "../../watching/content.ts";
import { JobError } from "../errors.ts";

/** Writes `changed.safetensors` into a run's folder: tensors that became others, at the precision they are stored with. */
export async function keepChanged(
  runFolder: string,
  checkpoint: Checkpoint,
  replacements: readonly TensorReplacement[],
): Promise<void> {
  const infos = new Map(checkpoint.tensors.map((tensor) => [tensor.name, tensor]));
  const parts: { name: string; type: FloatType; shape: readonly number[]; bytes: Uint8Array }[] = [];
  for (const { name, values, shape } of replacements) {
    const info = infos.get(name);
    const type = storedType(info);
    const bytes = encodeFloats(type, values);
    const keepsAll = type === info?.type;
    if (keepsAll && same(bytes, encodeFloats(type, await checkpoint.read(name)))) continue;
    parts.push({ name, type, shape: info?.shape ?? shape ?? [values.length], bytes });
  }
  const header = safetensorsHeader(parts.map((part) => ({ ...part, bytes: part.bytes.length })));
  const target = path.join(runFolder, runFiles.changed);
  await writeTogether([
    {
      target,
      like: checkpoint.path,
      async write(handle) {
        await writeFully(handle, header, 0);
        let at = header.length;
        for (const { bytes } of parts) {
          await writeFully(handle, bytes, at);
          at += bytes.length;
        }
      },
    },
  ]);
}

/** What a run kept, beside the checkpoint that it holds for. */
export interface KeptHead {
  /** The checkpoint's path. */
  readonly source: string;
  /** Names of the classes, as the run had them. */
  readonly classes: readonly string[];
  /** Names of the groups, as the run had them; empty where it had none. */
  readonly groups: readonly string[];
  /** None where the run kept the checkpoint's own head. */
  readonly replacements: readonly TensorReplacement[];
}

/**
 * What the tuned copy of a run can be made of: what the run kept, and the checkpoint that it began with (or one with the same
 * content). Throws `JobError` where one of them is gone or another.
 */
export async function readKept(
  runFolder: string,
  options: { readonly checkpoint?: string; readonly signal?: AbortSignal } = {},
): Promise<KeptHead> {
  const record = readRunRecord(runFolder);
  if (!record) throw new JobError(`${runFolder} is no run folder; name one under .selmix/runs.`);
  const { checkpoint: source = record.checkpoint, signal } = options;
  const replacements = await readChanged(runFolder);
  const name = path.basename(runFolder);
  if (!lookAt(source)) {
    throw new JobError(`${source}, which the run ${name} tuned, is gone; put that checkpoint back.`);
  }
  const { hash } = await readContent(source, { signal });
  if (!isSameContent(record.checkpointHash, hash)) {
    throw new JobError(
      `${source} is another than the run ${name} tuned; put that checkpoint back, or tune this one.`,
    );
  }
  return { source, classes: record.classes, groups: record.groups ?? [], replacements };
}

/** The tensors that a run changed, as float32. */
export async function readChanged(runFolder: string): Promise<TensorReplacement[]> {
  const file = path.join(runFolder, runFiles.changed);
  const source = await openSource(file).catch(() => null);
  if (!source) throw new JobError(`${runFolder} did not keep what it changed; tune again.`);
  try {
    const replacements: TensorReplacement[] = [];
    for (const { name, type, shape, offset, bytes } of await readSafetensors(source)) {
      if (!isFloatType(type)) throw new JobError(`${file} holds ${name} as ${type}; tune again.`);
      const values = new Float32Array(bytes / (bytesPerElement(type) ?? 1));
      decodeFloats(type, await readLong(source, offset, bytes), values.length, values, 0);
      replacements.push({ name, values, shape });
    }
    return replacements;
  } finally {
    await source.close();
  }
}

/** Numbers are tuned as float32: a wider type would keep nothing more. */
function storedType(info: TensorInfo | undefined): FloatType {
  const type = info?.type ?? "F32";
  return isFloatType(type) && (bytesPerElement(type) ?? 8) < 4 ? type : "F32";
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
