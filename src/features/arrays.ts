/** The named arrays of a feature file, whatever container they lie in: safetensors, npz, or a folder of .npy files. */
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { type NpyHeader, readNpyHeader, readNpyText, readNpyTexts } from "../files/npy.ts";
import {
  type ByteSource,
  memorySource,
  openSource,
  reason,
  type SourceFile,
  sliceOf,
} from "../files/ranges.ts";
import { readSafetensorsFile } from "../files/safetensors.ts";
import { unpackMember } from "../files/unpackMember.ts";
import { maxInflatedBytes, openMember, openZip, readMemberStart, type ZipMember } from "../files/zip.ts";
import { foreignTable, startBytes } from "./foreign.ts";
import { FeatureTableError, type IndexColumn } from "./table.ts";

/** What is known of an array before its numbers are read. */
export interface StoredArray {
  readonly name: string;
  readonly shape: readonly number[];
  /** "F16", "I64" and so on. */
  readonly type: string;
  readonly littleEndian: boolean;
  /** Column-major order. */
  readonly fortran: boolean;
  /** Size of its numbers as they are stored. */
  readonly bytes: number;
  /** These bytes alone. A packed array is unpacked now: into memory, or where it is too large for that, to `scratch`. */
  open(): Promise<ByteSource>;
}

export interface ArrayFile {
  readonly path: string;
  /** Names of all arrays that are there. */
  readonly names: readonly string[];
  /** Finds an array; null when there is none of that name. */
  find(name: string): Promise<StoredArray | null>;
  /** An array of texts, numbered as they come; null where there is none of that name, or it holds numbers. */
  texts(name: string): Promise<IndexColumn | null>;
  /** A short text that is kept beside the arrays: metadata of safetensors, an array of one text elsewhere. Null without it. */
  text(name: string): Promise<string | null>;
  /** Throws `FileError` when a file was written to since it was opened. */
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** More than the header of a packed array takes. */
const headerBytes = 64 * 1024;

/** Longer texts are not read. */
const mostLetters = 1024;

/**
 * Opens a feature file by its content. Throws `FeatureTableError` or `FileError` when it is none.
 * @param scratch folder for arrays that are unpacked and too large for memory; without one they are refused
 */
export async function openArrays(file: string, scratch: string | null = null): Promise<ArrayFile> {
  const info = await stat(file).catch((error: unknown) => {
    throw new FeatureTableError(`${file} cannot be opened: ${reason(error)}; check the path under features.`);
  });
  if (info.isDirectory()) return openFolder(file);
  const source = await openSource(file);
  try {
    const start = await source.read(0, Math.min(startBytes, source.size));
    const foreign = foreignTable(start);
    if (foreign) throw new FeatureTableError(`${file} ${foreign}.`);
    const isZip = Buffer.from(start.subarray(0, 2)).toString("latin1") === "PK";
    return isZip ? await openNpz(file, source, scratch) : await openSafetensors(file, source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function openSafetensors(file: string, source: SourceFile): Promise<ArrayFile> {
  const { entries, metadata } = await readSafetensorsFile(source);
  return {
    path: file,
    names: entries.map((entry) => entry.name),
    async find(name) {
      const entry = entries.find((one) => one.name === name);
      if (!entry) return null;
      const { type, shape, offset, bytes } = entry;
      const open = async () => sliceOf(source, offset, bytes);
      return { name, type, shape, bytes, littleEndian: true, fortran: false, open };
    },
    texts: async () => null,
    text: async (name) => metadata.get(name) ?? null,
    assertUnchanged: () => source.assertUnchanged(),
    close: () => source.close(),
  };
}

async function openNpz(file: string, source: SourceFile, scratch: string | null): Promise<ArrayFile> {
  const archive = await openZip(source);
  const unpacked: SourceFile[] = [];
  const open = async (member: ZipMember) => {
    if (scratch === null || member.method === 0 || member.size <= maxInflatedBytes) {
      return openMember(archive, member);
    }
    const opened = await unpackMember(archive, member, scratch);
    unpacked.push(opened);
    return opened;
  };
  const suffix = ".npy";
  return {
    path: file,
    names: [...archive.members.keys()].map((name) => (name.endsWith(suffix) ? name.slice(0, -4) : name)),
    async find(name) {
      const member = archive.members.get(name + suffix);
      if (!member) return null;
      const start = await readMemberStart(archive, member, headerBytes);
      const header = await readNpyHeader(memorySource(start, `${file}:${member.name}`), member.size);
      return npyArray(name, header, () => open(member));
    },
    async texts(name) {
      const member = archive.members.get(name + suffix);
      return member ? readNpyTexts(await openMember(archive, member)) : null;
    },
    async text(name) {
      const member = archive.members.get(name + suffix);
      return member ? readNpyText(await openMember(archive, member), mostLetters) : null;
    },
    assertUnchanged: () => source.assertUnchanged(),
    async close() {
      await Promise.all([source, ...unpacked].map((one) => one.close()));
    },
  };
}

async function openFolder(folder: string): Promise<ArrayFile> {
  const names = (await readdir(folder))
    .filter((name) => name.endsWith(".npy"))
    .map((name) => name.slice(0, -4));
  const opened: SourceFile[] = [];
  const open = async (name: string) => {
    const source = await openSource(path.join(folder, `${name}.npy`));
    opened.push(source);
    return source;
  };
  return {
    path: folder,
    names,
    async find(name) {
      if (!names.includes(name)) return null;
      const source = await open(name);
      return npyArray(name, await readNpyHeader(source), async () => source);
    },
    async texts(name) {
      return names.includes(name) ? readNpyTexts(await open(name)) : null;
    },
    async text(name) {
      return names.includes(name) ? readNpyText(await open(name), mostLetters) : null;
    },
    async assertUnchanged() {
      await Promise.all(opened.map((source) => source.assertUnchanged()));
    },
    async close() {
      await Promise.all(opened.map((source) => source.close()));
    },
  };
}

function npyArray(name: string, header: NpyHeader, open: () => Promise<ByteSource>): StoredArray {
  const { type, shape, littleEndian, fortran, dataOffset, bytes } = header;
  return {
    ...{ name, type, shape, littleEndian, fortran, bytes },
    open: async () => sliceOf(await open(), dataOffset, bytes),
  };
}
