/** PyTorch checkpoints: .pt, .pth, .ckpt, .bin, .pth.tar. Nothing in them is ever executed. */

import type { Patch, Writing } from "../../files/atomic.ts";
import { groupBy } from "../../files/groupBy.ts";
import { bytesPerElement, elementCount, isFloatType } from "../../files/numbers.ts";
import { type ByteSource, FileError, openSource, type SourceFile, sliceOf } from "../../files/ranges.ts";
import { zipIsComplete } from "../../files/zip.ts";
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointFormat,
  type TensorInfo,
  type TensorReplacement,
} from "../checkpoint.ts";
import { encodeTensor, inLittleEndian } from "../tensors.ts";
import type { Container } from "./container.ts";
import { ContentsError, findTensors, type NamedView } from "./contents.ts";
import { type FloatView, patchesFor, readView, type ViewReplacement, viewBytes } from "./patches.ts";
import { PickleError } from "./pickleInput.ts";
import { openStreamContainer } from "./streamContainer.ts";
import { areInterleaved, isContiguous, isInjective, spanOf } from "./strided.ts";
import type { View } from "./tensors.ts";
import { openZipContainer } from "./zipContainer.ts";

const mostShared = 8;
/** A view that is scattered over its storage is read with all that lies between; more than this is refused. */
const widestSpan = 2 ** 28;

export const pytorchFormat: CheckpointFormat = {
  async isComplete(path) {
    const file = await openSource(path);
    try {
      if ((await kindOf(file)) === "zip") return await zipIsComplete(file);
      await openStreamContainer(file);
      return true;
    } catch (error) {
      if (error instanceof PickleError || error instanceof CheckpointError || error instanceof FileError)
        return false;
      throw error;
    } finally {
      await file.close();
    }
  },
  async open(path) {
    const file = await openSource(path);
    try {
      return await openCheckpoint(file);
    } catch (error) {
      await file.close();
      throw asCheckpointError(path, error);
    }
  },
};

async function openCheckpoint(file: SourceFile): Promise<Checkpoint> {
  const container =
    (await kindOf(file)) === "zip" ? await openZipContainer(file) : await openStreamContainer(file);
  const views = findTensors(container.root);
  if (views.length === 0) {
    throw new CheckpointError(
      `${file.path} holds no tensors that can be read without running it; save model.state_dict() with torch.save.`,
    );
  }
  for (const named of views) checkPlace(file, container, named);
  await file.assertUnchanged();
  return new PytorchCheckpoint(file, container, views);
}

async function kindOf(file: SourceFile): Promise<"zip" | "stream"> {
  const head = Buffer.from(await file.read(0, Math.min(file.size, 512)));
  if (head.toString("latin1", 0, 4) === "PK\x03\x04") return "zip";
  if (head.toString("latin1", 257, 262) === "ustar") {
    throw new CheckpointError(
      `${file.path} is in the tar format of PyTorch before 0.2; load it with torch.load and save it with torch.save.`,
    );
  }
  if (head[0] === 0x80) return "stream";
  throw new CheckpointError(`${file.path} is not a file of torch.save; name a PyTorch checkpoint.`);
}

/** Throws `CheckpointError` when a view leaves its storage, or the storage is not in the file. */
function checkPlace(file: SourceFile, container: Container, { name, view }: NamedView): void {
  const bytes = container.storageBytes(view.storage.key);
  const end = (view.offset + spanOf(view)) * view.itemBytes;
  if (bytes === null || !(end <= bytes) || !Number.isSafeInteger(elementCount(view.shape))) {
    throw new CheckpointError(
      `${file.path} lacks numbers of ${name}; it is incomplete or damaged: save it again.`,
    );
  }
}

class PytorchCheckpoint implements Checkpoint {
  readonly path: string;
  readonly format = "pytorch";
  readonly tensors: readonly TensorInfo[];
  readonly #file: SourceFile;
  readonly #container: Container;
  readonly #views: ReadonlyMap<string, NamedView>;

  constructor(file: SourceFile, container: Container, views: readonly NamedView[]) {
    this.path = file.path;
    this.#file = file;
    this.#container = container;
    this.#views = new Map(views.map((named) => [named.name, named]));
    const shared = overlaps(views);
    this.tensors = views.map(({ name, view, auxiliary }) => {
      const sharedWith = shared.get(name);
      return {
        name,
        shape: view.shape,
        type: view.type,
        bytes: elementCount(view.shape) * view.itemBytes,
        ...(sharedWith && { sharedWith }),
        ...(auxiliary && { auxiliary }),
      };
    });
  }

  async read(name: string): Promise<Float32Array> {
    const { key, view } = this.#floatView(name);
    return this.#unchanged(async () => readView(await this.#container.openStorage(key), view));
  }

  async *bytesOf(name: string): AsyncGenerator<Uint8Array> {
    const view = this.#view(name);
    const { littleEndian } = this.#container;
    const width = bytesPerElement(view.type);
    if (width === null && !littleEndian) {
      throw new CheckpointError(
        `${this.path} keeps ${name} with its bytes in an order that is not read; save it on another machine.`,
      );
    }
    const storage = await this.#container.openStorage(view.storage.key);
    const bytes = viewBytes(storage, { ...view, start: view.offset * view.itemBytes });
    for await (const piece of bytes) yield inLittleEndian(piece, width ?? 1, littleEndian);
  }

  async placeOf(name: string): Promise<ByteSource | null> {
    const view = this.#view(name);
    if (!this.#container.littleEndian || !isContiguous(view)) return null;
    const storage = await this.#container.openStorage(view.storage.key);
    return sliceOf(storage, view.offset * view.itemBytes, elementCount(view.shape) * view.itemBytes);
  }

  async writeCopy(
    target: string,
    replacements: readonly TensorReplacement[],
    writing?: Writing,
  ): Promise<void> {
    const byStorage = new Map<string, ViewReplacement[]>();
    for (const replacement of replacements) {
      const { name } = replacement;
      const { key, view } = this.#floatView(name);
      const encoded = encodeTensor(this.path, { ...view, name }, replacement, view.littleEndian);
      byStorage.set(key, [...(byStorage.get(key) ?? []), { view, encoded }]);
    }
    await this.#unchanged(async () => {
      const patches = new Map<string, readonly Patch[]>();
      for (const [key, views] of byStorage)
        patches.set(key, await patchesFor(await this.#container.openStorage(key), views));
      await this.#container.copy(target, patches, writing);
    });
  }

  /** Does `work`; when the file was written to meanwhile, that is the error, whatever it made of the bytes. */
  async #unchanged<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      await this.#file.assertUnchanged();
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #view(name: string): View {
    const view = this.#views.get(name)?.view;
    if (view) return view;
    throw new CheckpointError(`${this.path} has no tensor ${name}; name one that \`inspect\` lists.`);
  }

  #floatView(name: string): { key: string; view: FloatView } {
    const view = this.#view(name);
    const { type, shape, stride, offset, itemBytes, storage } = view;
    if (!isFloatType(type)) {
      throw new CheckpointError(
        `${this.path} keeps ${name} as ${type}, not as F64, F32, F16 or BF16; save it as one of these.`,
      );
    }
    if (!isInjective(view) || spanOf(view) > widestSpan) {
      throw new CheckpointError(
        `${this.path} keeps ${name} as an expanded or scattered view; save it with .contiguous().`,
      );
    }
    const { littleEndian } = this.#container;
    return {
      key: storage.key,
      view: { type, shape, stride, itemBytes, littleEndian, start: offset * itemBytes },
    };
  }
}

/** Names of the tensors that lie on some of the same bytes, at most a few for each. */
function overlaps(views: readonly NamedView[]): Map<string, string[]> {
  const byStorage = groupBy(views, ({ view }) => view.storage.key);
  const shared = new Map<string, string[]>();
  const add = (name: string, other: string): void => {
    const others = shared.get(name) ?? [];
    if (others.length < mostShared) others.push(other);
    shared.set(name, others);
  };
  for (const group of byStorage.values()) {
    const places = group
      .map(({ name, view }) => {
        const start = view.offset * view.itemBytes;
        return { name, view, start, end: start + spanOf(view) * view.itemBytes };
      })
      .sort((a, b) => a.start - b.start);
    for (const [i, place] of places.entries()) {
      for (let j = i + 1; j < places.length && j <= i + mostShared; j++) {
        const other = places[j];
        if (!other || other.start >= place.end) break;
        if (liesBetween(place.view, other.view)) continue;
        add(place.name, other.name);
        add(other.name, place.name);
      }
    }
  }
  return shared;
}

function liesBetween(a: View, b: View): boolean {
  if (a.itemBytes !== b.itemBytes) return false;
  return areInterleaved({ ...a, start: a.offset }, { ...b, start: b.offset });
}

function asCheckpointError(path: string, error: unknown): unknown {
  if (error instanceof PickleError)
    return new CheckpointError(
      `${path} cannot be read: its pickle ${error.message}; save it again with torch.save.`,
    );
  if (error instanceof ContentsError)
    return new CheckpointError(
      `${path} cannot be read: it ${error.message}; save model.state_dict() with torch.save.`,
    );
  return error;
}
