/**
 * PyTorch's stream format (0.2 to 1.5, and `_use_new_zipfile_serialization=False`): five pickles, then each storage as an
 * eight-byte count and its elements, always little-endian (torch/serialization.py, `_legacy_save`).
 */
import { copyPatched } from "../../files/atomic.ts";
import { type ByteSource, type SourceFile, sliceOf } from "../../files/ranges.ts";
import { CheckpointError } from "../checkpoint.ts";
import { type Container, maxPickleBytes } from "./container.ts";
import { type Pickle, readPickle } from "./pickle.ts";
import { PickleError } from "./pickleInput.ts";
import { itemsOf } from "./pickleValues.ts";
import { asStorage } from "./tensors.ts";

const magic = 0x1950a86a20f9469cfc6cn;
const version = 1001;
const firstRead = 256 * 1024;

/** Throws `CheckpointError`, `FileError` or `PickleError`. */
export async function openStreamContainer(file: SourceFile): Promise<Container> {
  const { contents, keys } = await readPickles(file);
  const storages = await findStorages(file, contents, keys);
  const open = (key: string): ByteSource => {
    const found = storages.get(key);
    if (!found)
      throw new CheckpointError(`${file.path} lacks the storage ${key}; the file is damaged: save it again.`);
    return sliceOf(file, found.offset, found.bytes);
  };
  return {
    root: contents.value,
    littleEndian: true,
    storageBytes: (key) => storages.get(key)?.bytes ?? null,
    openStorage: async (key) => open(key),
    async copy(target, patches, writing) {
      const all = [...patches].flatMap(([key, own]) => {
        const start = storages.get(key)?.offset ?? 0;
        return own.map((patch) => ({ offset: start + patch.offset, bytes: patch.bytes }));
      });
      await copyPatched(file, target, all, writing);
    },
  };
}

/** The pickles have no length before them: more of the file is read until they fit. */
async function readPickles(file: SourceFile): Promise<{ contents: Pickle; keys: Pickle }> {
  for (let length = firstRead; ; length *= 4) {
    const whole = length >= file.size || length >= maxPickleBytes;
    const bytes = await file.read(0, Math.min(length, file.size, maxPickleBytes));
    try {
      const first = readPickle(bytes);
      if (first.value !== magic) {
        throw new CheckpointError(
          `${file.path} is a Python pickle, but not one of torch.save; save model.state_dict() with torch.save.`,
        );
      }
      const second = readPickle(bytes, first.end);
      if (second.value !== version) {
        throw new CheckpointError(
          `${file.path} has an unknown version; load it in PyTorch and save it again.`,
        );
      }
      const system = readPickle(bytes, second.end);
      const contents = readPickle(bytes, system.end);
      return { contents, keys: readPickle(bytes, contents.end) };
    } catch (error) {
      if (whole || !(error instanceof PickleError && error.truncated)) throw error;
    }
  }
}

async function findStorages(
  file: SourceFile,
  contents: Pickle,
  keys: Pickle,
): Promise<Map<string, { offset: number; bytes: number }>> {
  const itemBytes = new Map<string, number>();
  for (const reference of contents.persistent) {
    const storage = asStorage(reference);
    if (storage) itemBytes.set(storage.key, storage.itemBytes);
  }
  const found = new Map<string, { offset: number; bytes: number }>();
  let at = keys.end;
  for (const key of itemsOf(keys.value) ?? []) {
    const size = typeof key === "string" ? itemBytes.get(key) : undefined;
    if (typeof key !== "string" || size === undefined || found.has(key)) {
      throw new CheckpointError(
        `${file.path} lists a storage that it does not use; load it in PyTorch and save it again.`,
      );
    }
    const header = await file.read(at, 8);
    const bytes = Number(new DataView(header.buffer, header.byteOffset, 8).getBigInt64(0, true)) * size;
    if (!(bytes >= 0 && at + 8 + bytes <= file.size)) {
      throw new CheckpointError(
        `${file.path} ends before its storages do; it is incomplete: save or copy it again.`,
      );
    }
    found.set(key, { offset: at + 8, bytes });
    at += 8 + bytes;
  }
  return found;
}
