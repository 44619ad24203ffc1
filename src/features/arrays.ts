/** The named arrays of a feature file, whatever container they lie in: safetensors, npz, or a folder of .npy files. */
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { readNpyHeader, readNpyText, readNpyTexts } from "../files/npy.ts";
import { type ByteSource, openSource, reason, type SourceFile, sliceOf } from "../files/ranges.ts";
import { readSafetensorsFile } from "../files/safetensors.ts";
import { openMember, openZip } from "../files/zip.ts";
import { foreignTable, startBytes } from "./foreign.ts";
import { FeatureTableError, type IndexColumn } from "./table.ts";

/** An array where it lies: its bytes alone are the source. */
export interface StoredArray {
  readonly name: string;
  readonly shape: readonly number[];
  /** "F16", "I64" and so on. */
  readonly type: string;
  readonly littleEndian: boolean;
  /** Column-major order. */
  readonly fortran: boolean;
  readonly source: ByteSource;
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

/** Longer texts are not read. */
const mostLetters = 1024;

/** Opens a feature file by its content. Throws `FeatureTableError` or `FileError` when it is none. */
export async function openArrays(file: string): Promise<ArrayFile> {
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
    return isZip ? await openNpz(file, source) : await openSafetensors(file, source);
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
      const part = sliceOf(source, offset, bytes);
      return { name, type, shape, littleEndian: true, fortran: false, source: part };
    },
    texts: async () => null,
    text: async (name) => metadata.get(name) ?? null,
    assertUnchanged: () => source.assertUnchanged(),
    close: () => source.close(),
  };
}

async function openNpz(file: string, source: SourceFile): Promise<ArrayFile> {
  const archive = await openZip(source);
  const suffix = ".npy";
  return {
    path: file,
    names: [...archive.members.keys()].map((name) => (name.endsWith(suffix) ? name.slice(0, -4) : name)),
    async find(name) {
      const member = archive.members.get(name + suffix);
      return member ? npyArray(name, await openMember(archive, member)) : null;
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
    close: () => source.close(),
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
      return names.includes(name) ? npyArray(name, await open(name)) : null;
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

async function npyArray(name: string, source: ByteSource): Promise<StoredArray> {
  const { type, shape, littleEndian, fortran, dataOffset, bytes } = await readNpyHeader(source);
  return { name, type, shape, littleEndian, fortran, source: sliceOf(source, dataOffset, bytes) };
}
