/** Reading an HDF5 file's structures: bounded, with little-endian 64-bit addresses, as all writers in use make them. */
import { type ByteSource, FileError } from "./ranges.ts";

/** HDF5's word for "nowhere". */
export const nowhere = Number.POSITIVE_INFINITY;

/** The most that is read of a file's structure, whatever its size. */
const maxStructureBytes = 256 * 1024 * 1024;

export interface Hdf5Bytes {
  readonly name: string;
  /** Reads a structure. Throws `FileError` when it leaves the file, or when more is read than a sound file could hold. */
  at(address: number, length: number): Buffer;
  readonly size: number;
  damaged(what: string): FileError;
}

/** Every structure is read about once, so reading far more than the file holds means that it runs in circles. */
export function hdf5Bytes(source: ByteSource): Hdf5Bytes {
  let left = Math.min(maxStructureBytes, 4 * source.size + 65_536);
  const damaged = (what: string) =>
    new FileError(`${source.name} is not sound HDF5: ${what}; it is incomplete or damaged: save it again.`);
  return {
    size: source.size,
    name: source.name,
    damaged,
    at(address, length) {
      if (!(address >= 0 && address + length <= source.size)) throw damaged("a part lies outside the file");
      left -= length + 64;
      if (left < 0) throw damaged("its structure is larger than the file allows");
      const bytes = Buffer.alloc(length);
      source.readSync(address, bytes);
      return bytes;
    },
  };
}

/** An address or length of eight bytes. */
export function addressIn(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  return value === 0xffffffffffffffffn ? nowhere : Number(value);
}
