/** npz archives of named arrays, as scikit-learn and flax users save their parameters. */
import { type Patch, writeTogether } from "../files/atomic.ts";
import { type NpyHeader, readNpyHeader } from "../files/npy.ts";
import { bytesPerElement, decodeFloats, elementCount, isFloatType } from "../files/numbers.ts";
import {
  FileError,
  memorySource,
  openSource,
  pieces,
  readLong,
  type SourceFile,
  sliceOf,
} from "../files/ranges.ts";
import { type Splice, splicedCopy } from "../files/splicedCopy.ts";
import {
  maxInflatedBytes,
  memberPieces,
  openMember,
  openZip,
  readMemberStart,
  requireWithin,
  type ZipArchive,
  type ZipMember,
  zipIsComplete,
} from "../files/zip.ts";
import { patchMember } from "../files/zipPatch.ts";
import { patchedPieces, type Repack, repackMembers } from "../files/zipRepack.ts";
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointFormat,
  type TensorReplacement,
} from "./checkpoint.ts";
import { places } from "./pytorch/strided.ts";
import { encodeTensor, inLittleEndian, listedType } from "./tensors.ts";

interface NpzArray {
  readonly name: string;
  readonly member: ZipMember;
  readonly header: NpyHeader;
}

/** More than any header of a plain array takes. */
const startBytes = 64 * 1024;

/** No element of a known type has more bytes, and all have a power of two. */
const mostElementBytes = 8;

/** Names of arrays by the names of their members without ".npy"; null where these are their names. */
export type MemberNames = ReadonlyMap<string, string> | null;

export const npzFormat = arrayArchiveFormat("npz", async () => null);

/** A format whose files are zip archives of npy members. */
export function arrayArchiveFormat(
  format: string,
  namesIn: (archive: ZipArchive) => Promise<MemberNames>,
): CheckpointFormat {
  return {
    async isComplete(path) {
      const source = await openSource(path);
      try {
        return await zipIsComplete(source);
      } finally {
        await source.close();
      }
    },
    async open(path) {
      const source = await openSource(path);
      try {
        return await openArchive(source, format, namesIn);
      } catch (error) {
        await source.close();
        throw error;
      }
    },
  };
}

async function openArchive(
  source: SourceFile,
  format: string,
  namesIn: (archive: ZipArchive) => Promise<MemberNames>,
): Promise<Checkpoint> {
  const { path } = source;
  const archive = await openZip(source);
  const arrays = await listArrays(archive, await namesIn(archive));
  return {
    path,
    format,
    tensors: [...arrays.values()].map(({ name, header }) => {
      const { shape, type, bytes } = header;
      // An estimator's own copies of its weights.
      const auxiliary = format === "skops" && /(^|\.)_/.test(name);
      return { name, shape, bytes, type: listedType(type), ...(auxiliary && { auxiliary }) };
    }),
    async read(name) {
      const values = await readArray(archive, arrayNamed(path, arrays, name));
      await source.assertUnchanged();
      return values;
    },
    bytesOf: (name) => arrayBytes(archive, arrayNamed(path, arrays, name)),
    async writeCopy(target, replacements, writing = {}) {
      const { signal } = writing;
      const splices: Splice[] = [];
      const repacks: Repack[] = [];
      for (const one of replacements) {
        const array = arrayNamed(path, arrays, one.name);
        const patch = arrayPatch(path, array, one);
        if (array.member.method === 0) {
          const patches = await patchMember(archive, array.member, [patch], signal);
          splices.push(...patches.map(({ offset, bytes }) => ({ offset, length: bytes.length, bytes })));
        } else {
          const content = patchedPieces(memberPieces(archive, array.member), [patch]);
          repacks.push({ member: array.member, content });
        }
      }
      splices.push(...(await repackMembers(archive, repacks)));
      await writeTogether([await splicedCopy(source, target, splices, signal)], writing);
    },
    close: () => source.close(),
  };
}

/** Reads each array's header. Members that are no plain arrays are left out: they cannot be a head. */
async function listArrays(archive: ZipArchive, names: MemberNames): Promise<Map<string, NpzArray>> {
  const arrays = new Map<string, NpzArray>();
  for (const member of archive.members.values()) {
    if (!member.name.endsWith(".npy")) continue;
    const stem = member.name.slice(0, -".npy".length);
    const name = names ? names.get(stem) : stem;
    if (name === undefined) continue;
    const start = await readMemberStart(archive, member, startBytes);
    try {
      const source = memorySource(start, `${archive.source.name}:${member.name}`);
      arrays.set(name, { name, member, header: await readNpyHeader(source, member.size) });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }
  return arrays;
}

function arrayNamed(path: string, arrays: ReadonlyMap<string, NpzArray>, name: string): NpzArray {
  const array = arrays.get(name);
  if (!array) throw new CheckpointError(`${path} has no array ${name}; list its arrays with inspect.`);
  return array;
}

async function readArray(archive: ZipArchive, array: NpzArray): Promise<Float32Array> {
  const { name, member, header } = array;
  const { type, shape, littleEndian, fortran } = header;
  if (!isFloatType(type)) throw notFloat(archive.source.name, name, type);
  if (member.method !== 0) requireWithin(archive, member, maxInflatedBytes);
  const stored = new Float32Array(elementCount(shape));
  const width = bytesPerElement(type) ?? 1;
  let done = 0;
  for await (const piece of storedPieces(archive, array)) {
    decodeFloats(type, piece, piece.length / width, stored, done, littleEndian);
    done += piece.length / width;
  }
  return fortran ? reordered(stored, shape, "toRows") : stored;
}

async function* arrayBytes(archive: ZipArchive, array: NpzArray): AsyncGenerator<Uint8Array> {
  const { member, header } = array;
  const { type, shape, bytes, dataOffset, littleEndian, fortran } = header;
  const width = bytesPerElement(type) ?? 1;
  if (fortran) {
    const stored = await readLong(await openMember(archive, member), dataOffset, bytes);
    yield inLittleEndian(rowMajor(stored, shape, width), width, littleEndian);
    return;
  }
  for await (const piece of storedPieces(archive, array)) yield inLittleEndian(piece, width, littleEndian);
}

/** The bytes of an array as they are stored, in pieces of whole elements; packed ones are not held. */
async function* storedPieces(
  archive: ZipArchive,
  { member, header: { dataOffset, bytes } }: NpzArray,
): AsyncGenerator<Uint8Array> {
  if (member.method === 0) {
    yield* pieces(sliceOf(await openMember(archive, member), dataOffset, bytes));
    return;
  }
  let skip = dataOffset;
  let left = bytes;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of memberPieces(archive, member)) {
    const own = piece.subarray(Math.min(skip, piece.length)).subarray(0, left);
    skip -= Math.min(skip, piece.length);
    left -= own.length;
    const joined = Buffer.concat([rest, own]);
    const whole = joined.length - (left === 0 ? 0 : joined.length % mostElementBytes);
    rest = joined.subarray(whole);
    if (whole > 0) yield joined.subarray(0, whole);
  }
}

/** Elements of `width` bytes in column-major order, in row-major order. */
function rowMajor(stored: Uint8Array, shape: readonly number[], width: number): Uint8Array {
  const stride = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const result = new Uint8Array(stored.length);
  let at = 0;
  for (const place of places({ shape, stride })) {
    result.set(stored.subarray(place * width, (place + 1) * width), at);
    at += width;
  }
  return result;
}

function arrayPatch(path: string, array: NpzArray, replacement: TensorReplacement): Patch {
  const { type, shape, littleEndian, fortran, dataOffset } = array.header;
  if (!isFloatType(type)) throw notFloat(path, array.name, type);
  const { values } = replacement;
  const stored = fortran ? { ...replacement, values: reordered(values, shape, "toColumns") } : replacement;
  return {
    offset: dataOffset,
    bytes: encodeTensor(path, { name: array.name, shape, type }, stored, littleEndian),
  };
}

/** Between row-major and column-major order, for any number of dimensions. */
function reordered(
  values: Float32Array,
  shape: readonly number[],
  direction: "toRows" | "toColumns",
): Float32Array {
  const result = new Float32Array(values.length);
  const index = shape.map(() => 0);
  for (let row = 0; row < values.length; row += 1) {
    const column = index.reduceRight((sum, at, axis) => sum * (shape[axis] ?? 1) + at, 0);
    if (direction === "toRows") result[row] = values[column] ?? 0;
    else result[column] = values[row] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      index[axis] = 0;
    }
  }
  return result;
}

function notFloat(path: string, name: string, type: string): CheckpointError {
  return new CheckpointError(`${path} keeps ${name} as ${type}; a head is F16, F32 or F64.`);
}
