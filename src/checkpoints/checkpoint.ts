/** The one interface behind which each checkpoint format stands. */
import type { Writing } from "../files/atomic.ts";
import { type ByteSource, printable } from "../files/ranges.ts";

export type TensorType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "F8_E4M3"
  | "F8_E5M2"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL"
  | "OTHER";

/** A tensor as `inspect` lists it. `shape` is logical (after strides); `bytes` is the space of its elements. */
export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  readonly bytes: number;
  /** Names of other tensors that share its storage (tied weights), if any. */
  readonly sharedWith?: readonly string[];
  /** Whether it belongs to something kept beside the model, such as an averaged copy; a head there is a second choice. */
  readonly auxiliary?: boolean;
  /** The type of the whole numbers that stand for others by a scale, such as "uint8". */
  readonly quantised?: string;
}

/** New numbers for one tensor, in logical row-major order of its stored shape; written at the tensor's stored precision. */
export interface TensorReplacement {
  readonly name: string;
  readonly values: Float32Array;
  /** For what is kept beside the tensors of a checkpoint, which have a shape already. */
  readonly shape?: readonly number[];
}

/** A linear layer that a format itself describes: a Gemm of a graph, a Dense of a configuration. Names are of tensors. */
export interface LinearLayer {
  readonly weight: string;
  readonly bias: string | null;
  /** `rows`: the weight is [classes, size]; `columns`: [size, classes]. */
  readonly layout: "rows" | "columns";
  /** Whether what it computes is an output of the network, as far as the format says. */
  readonly isOutput: boolean;
  /** Whether other parts of the network use the same weight, so that it cannot change alone. */
  readonly usedElsewhere?: boolean;
  /** Names of the values that it takes and gives, in formats whose graph names them: where a runtime can look. */
  readonly input?: string;
  readonly output?: string;
}

/** An open checkpoint. Listing reads structure only, never tensor data. */
export interface Checkpoint {
  readonly path: string;
  /** Id of its format. */
  readonly format: string;
  readonly tensors: readonly TensorInfo[];
  /** In the order of the network; only formats that know the network have it. */
  readonly linearLayers?: readonly LinearLayer[];
  /** What computes the output, where the format knows that it is no linear layer of floats: "is a ...; do this instead". */
  readonly otherHead?: string;
  /** Names of the classes in the order of the head's outputs, where the checkpoint or a file beside it has them. */
  readonly classNames?: readonly string[];
  /** Reads one floating-point tensor as float32, logical row-major. Throws `CheckpointError` when it is not floating-point. */
  read(name: string): Promise<Float32Array>;
  /** The bytes of any tensor, little-endian and in logical row-major order, piece by piece. Throws `CheckpointError` as `read` does. */
  bytesOf(name: string): AsyncIterable<Uint8Array>;
  /** The same bytes where they lie in the file as they are, so that parts of them can be read; null, or absent, where they do not. */
  placeOf?(name: string): Promise<ByteSource | null>;
  /**
   * Writes a copy to `target` with the given tensors' numbers replaced and every other byte the same
   * (container checksums are recomputed). Temp file beside the target, flushed, then renamed; the source is only read. A copy
   * in several files switches in one step, and leaves the parts of the one before.
   */
  writeCopy(target: string, replacements: readonly TensorReplacement[], writing?: Writing): Promise<void>;
  close(): Promise<void>;
}

/** A format: says whether a file is complete, opens it. */
export interface CheckpointFormat {
  /** Whether the file on disk is structurally whole (a writer may be half way). Reads only a few kilobytes. */
  isComplete(path: string): Promise<boolean>;
  /** The other files that belong to the one named, absolute. Throws `CheckpointError` while it cannot be read. */
  parts?(path: string): Promise<string[]>;
  /** Throws `CheckpointError` or `FileError` with one sentence: what, where, what to do. */
  open(path: string): Promise<Checkpoint>;
}

/** A checkpoint that cannot be used: one sentence for the user. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
  constructor(message: string) {
    super(printable(message));
  }
}
