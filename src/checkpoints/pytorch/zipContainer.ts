/** PyTorch's archive format (since 1.6): data.pkl, and a stored member per storage, under any folder. */
import { copyPatched, type Patch } from "../../files/atomic.ts";
import { type ByteSource, readLong, type SourceFile } from "../../files/ranges.ts";
import { openMember, openZip, type ZipArchive, type ZipMember } from "../../files/zip.ts";
import { patchMember } from "../../files/zipPatch.ts";
import { CheckpointError } from "../checkpoint.ts";
import { type Container, maxPickleBytes } from "./container.ts";
import { readPickle } from "./pickle.ts";

/** Throws `CheckpointError`, `FileError` or `PickleError`. */
export async function openZipContainer(file: SourceFile): Promise<Container> {
  const archive = await openZip(file);
  const pickle = pickleOf(archive);
  if (!pickle) {
    throw new CheckpointError(
      `${file.path} is a zip archive without a data.pkl, so no PyTorch checkpoint; name a file written by torch.save.`,
    );
  }
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const storageOf = (key: string): ZipMember | undefined => archive.members.get(`${folder}data/${key}`);
  return {
    root: readPickle(await readSmall(archive, pickle)).value,
    littleEndian: await isLittleEndian(archive, archive.members.get(`${folder}byteorder`)),
    storageBytes: (key) => storageOf(key)?.size ?? null,
    openStorage: (key) => openMember(archive, present(file, storageOf(key), key)),
    async copy(target, patches, writing) {
      const all: Patch[] = [];
      for (const [key, own] of patches)
        all.push(...(await patchMember(archive, present(file, storageOf(key), key), own, writing?.signal)));
      await copyPatched(file, target, all, writing);
    },
  };
}

/** The archive's own data.pkl: the one that lies least deep, should the folder hold others. */
function pickleOf(archive: ZipArchive): ZipMember | null {
  let best: ZipMember | null = null;
  for (const member of archive.members.values()) {
    if (member.name !== "data.pkl" && !member.name.endsWith("/data.pkl")) continue;
    if (!best || member.name.length < best.name.length) best = member;
  }
  return best;
}

async function readSmall(archive: ZipArchive, member: ZipMember): Promise<Uint8Array> {
  const source: ByteSource = await openMember(archive, member, maxPickleBytes);
  if (source.size > maxPickleBytes) {
    throw new CheckpointError(
      `${source.name} is larger than ${maxPickleBytes} bytes; save model.state_dict() alone with torch.save.`,
    );
  }
  return readLong(source, 0, source.size);
}

/** Archives from before the member existed are little-endian. */
async function isLittleEndian(archive: ZipArchive, member: ZipMember | undefined): Promise<boolean> {
  if (!member) return true;
  const order = new TextDecoder().decode(await readSmall(archive, member)).trim();
  if (order !== "little" && order !== "big") {
    throw new CheckpointError(
      `${archive.source.name}:${member.name} says neither little nor big; the file is damaged: save it again.`,
    );
  }
  return order === "little";
}

function present(file: SourceFile, member: ZipMember | undefined, key: string): ZipMember {
  if (member) return member;
  throw new CheckpointError(`${file.path} lacks the storage ${key}; the file is damaged: save it again.`);
}
