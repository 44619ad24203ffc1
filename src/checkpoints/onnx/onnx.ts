/**
 * ONNX models. Those with external data are several files: a copy named `tuned.onnx` has its data beside it in
 * `tuned.onnx.data-0123456789` (then `....1`), named after what it holds and not after the source, and refers to these.
 */

import path from "node:path";
import {
  type PartToWrite,
  type Patch,
  patchedCopy,
  refuseSameFile,
  type Writing,
  writeInParts,
} from "../../files/atomic.ts";
import {
  bytesPerElement,
  decodeFloats,
  elementCount,
  type FloatType,
  isFloatType,
} from "../../files/numbers.ts";
import { openSource, pieces, readLong, type SourceFile, sliceOf } from "../../files/ranges.ts";
import { splicedCopy } from "../../files/splicedCopy.ts";
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointFormat,
  type LinearLayer,
  type TensorInfo,
  type TensorReplacement,
} from "../checkpoint.ts";
import { Companions, companionPath } from "../companions.ts";
import { opensWhole } from "../opensWhole.ts";
import { encodeTensor } from "../tensors.ts";
import { classifierLayer, patchScattered, readScattered } from "./linearClassifier.ts";
import { findLinearLayers } from "./linearLayers.ts";
import { type OnnxModel, type OnnxTensor, readModel } from "./model.ts";
import { otherOutput } from "./otherOutput.ts";
import { packedNumbers } from "./packedNumbers.ts";
import { ProtoReader } from "./protobuf.ts";
import { spliceTexts } from "./texts.ts";

export const onnxFormat: CheckpointFormat = {
  isComplete: (file) => opensWhole(file, openOnnx),
  open: openOnnx,
  async parts(file) {
    const source = await openSource(file);
    try {
      const { locations } = await readModel(new ProtoReader(source));
      return [...new Set(locations.map(({ location }) => companionPath(file, location)))];
    } finally {
      await source.close();
    }
  },
};

async function openOnnx(file: string): Promise<Checkpoint> {
  const source = await openSource(file);
  const external = new Companions(file);
  try {
    const model = await readModel(new ProtoReader(source));
    if (!model.whole) {
      throw new CheckpointError(
        `${file} is not a whole ONNX model; save it again with torch.onnx.export or the like.`,
      );
    }
    await checkPlaces(file, model, external);
    await source.assertUnchanged();
    return new OnnxCheckpoint(source, model, external);
  } catch (error) {
    await Promise.all([source.close(), external.close()]);
    throw error;
  }
}

/** Throws when a tensor has other bytes than its shape says, or an external one is not where the model says. */
async function checkPlaces(file: string, model: OnnxModel, external: Companions): Promise<void> {
  for (const tensor of model.tensors) {
    const { name, shape, type, data } = tensor;
    const width = bytesPerElement(type);
    if (width === null || data.kind === "other" || data.kind === "floats") continue;
    const bytes = elementCount(shape) * width;
    const end = data.kind === "inside" ? data.offset + data.bytes : (await external.file(data.location)).size;
    const fits = data.bytes === null ? true : data.bytes === bytes;
    if (!fits || !(data.offset >= 0 && data.offset + bytes <= end)) {
      throw new CheckpointError(
        `${file} has other numbers in ${name} than its shape says; save or copy it again.`,
      );
    }
  }
}

/** A floating-point tensor and its place. */
interface Place {
  readonly source: SourceFile;
  readonly location: string | null;
  readonly offset: number;
  readonly tensor: OnnxTensor & { readonly type: FloatType };
}

class OnnxCheckpoint implements Checkpoint {
  readonly path: string;
  readonly format = "onnx";
  readonly tensors: readonly TensorInfo[];
  readonly linearLayers: readonly LinearLayer[];
  readonly otherHead?: string;
  readonly #source: SourceFile;
  readonly #model: OnnxModel;
  readonly #external: Companions;
  readonly #byName: ReadonlyMap<string, OnnxTensor>;

  constructor(source: SourceFile, model: OnnxModel, external: Companions) {
    this.path = source.path;
    this.#source = source;
    this.#model = model;
    this.#external = external;
    const classifiers = model.classifiers.flatMap((node, place) => classifierLayer(node, place) ?? []);
    const tensors = [...model.tensors, ...classifiers.flatMap((one) => one.tensors)];
    this.#byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    this.linearLayers = [...findLinearLayers(model), ...classifiers.map(({ layer }) => layer)];
    const other = this.linearLayers.some((one) => one.isOutput) ? null : otherOutput(model);
    if (other !== null) this.otherHead = other;
    this.tensors = [...this.#byName.values()].map(({ name, shape, type }) => ({
      name,
      shape,
      type,
      bytes: elementCount(shape) * (bytesPerElement(type) ?? 0),
    }));
  }

  async read(name: string): Promise<Float32Array> {
    const { data } = this.#tensor(name);
    if (data.kind === "floats") {
      const values = await readScattered(this.#source, data);
      await this.#source.assertUnchanged();
      return values;
    }
    const { source, offset, tensor } = await this.#place(name);
    const values = new Float32Array(elementCount(tensor.shape));
    const width = bytesPerElement(tensor.type) ?? 0;
    decodeFloats(
      tensor.type,
      await readLong(source, offset, values.length * width),
      values.length,
      values,
      0,
    );
    await Promise.all([this.#source.assertUnchanged(), this.#external.assertUnchanged()]);
    return values;
  }

  async *bytesOf(name: string): AsyncGenerator<Uint8Array> {
    const { shape, type, data } = this.#tensor(name);
    if (data.kind === "other") {
      yield* packedNumbers(new ProtoReader(this.#source), type, data.numbers);
      return;
    }
    if (data.kind === "floats") {
      yield new Uint8Array((await readScattered(this.#source, data)).buffer);
      return;
    }
    const source = data.kind === "external" ? await this.#external.file(data.location) : this.#source;
    const width = bytesPerElement(type);
    const bytes = data.bytes ?? elementCount(shape) * (width ?? 0);
    yield* pieces(sliceOf(source, data.offset, bytes));
  }

  async writeCopy(
    target: string,
    replacements: readonly TensorReplacement[],
    writing: Writing = {},
  ): Promise<void> {
    /** By external location; null is the model itself. */
    const patches = new Map<string | null, Patch[]>();
    for (const replacement of replacements) {
      const own = this.#tensor(replacement.name);
      const { data } = own;
      if (data.kind === "floats") {
        encodeTensor(this.path, { ...own, type: "F32" }, replacement);
        const patch = await patchScattered(this.#source, data, replacement.values);
        patches.set(null, [...(patches.get(null) ?? []), patch]);
        continue;
      }
      const { location, offset, tensor } = await this.#place(replacement.name);
      const before = patches.get(location) ?? [];
      before.push({ offset, bytes: encodeTensor(this.path, tensor, replacement) });
      patches.set(location, before);
    }
    await refuseSameFile(this.path, target);
    const { signal } = writing;
    const locations = [...new Set(this.#model.locations.map(({ location }) => location))];
    const parts: PartToWrite[] = [];
    for (const [i, location] of locations.entries()) {
      const file = await this.#external.file(location);
      const name = (id: string) => `${path.basename(target)}.data-${id}${i === 0 ? "" : `.${i}`}`;
      parts.push({ name, ...patchedCopy(file, patches.get(location) ?? [], signal) });
    }
    const inside = (patches.get(null) ?? []).map((patch) => ({ ...patch, length: patch.bytes.length }));
    const index = (names: readonly string[]) => {
      const texts = this.#model.locations.map(({ location, around }) => ({
        around,
        text: names[locations.indexOf(location)] ?? location,
      }));
      return splicedCopy(this.#source, target, [...inside, ...spliceTexts(texts)], signal);
    };
    await writeInParts(parts, index, path.dirname(target), writing);
  }

  async close(): Promise<void> {
    await Promise.all([this.#source.close(), this.#external.close()]);
  }

  #tensor(name: string): OnnxTensor {
    const tensor = this.#byName.get(name);
    if (tensor) return tensor;
    throw new CheckpointError(`${this.path} has no tensor ${name}; list its tensors with inspect.`);
  }

  async #place(name: string): Promise<Place> {
    const tensor = this.#tensor(name);
    const { type, data } = tensor;
    if (!isFloatType(type) || data.kind === "other" || data.kind === "floats") {
      throw new CheckpointError(
        `${this.path} keeps ${name} as ${type}${isFloatType(type) ? " in parts" : ""}; a head is F16, BF16, F32 or F64 in one piece.`,
      );
    }
    const location = data.kind === "external" ? data.location : null;
    const source = location === null ? this.#source : await this.#external.file(location);
    return { source, location, offset: data.offset, tensor: { ...tensor, type } };
  }
}
