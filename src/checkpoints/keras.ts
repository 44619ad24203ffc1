/** Keras checkpoints: `.weights.h5` and `.h5`, which are HDF5, and `.keras`, a ZIP archive with such a file in it. */
import { copyPatched, type Patch, type Writing, writeTogether } from "../files/atomic.ts";
import { type Hdf5Array, hdf5IsComplete, readHdf5, readHdf5Floats } from "../files/hdf5.ts";
import {
  kerasModelOf,
  kerasWeightsMember,
  listsLayers,
  placedLayers,
  readKerasConfig,
} from "../files/kerasArchive.ts";
import { bytesPerElement, isFloatType } from "../files/numbers.ts";
import { type ByteSource, openSource, pieces, type SourceFile, sliceOf } from "../files/ranges.ts";
import { splicedCopy } from "../files/splicedCopy.ts";
import { openMember, openZip, zipIsComplete } from "../files/zip.ts";
import { patchMember } from "../files/zipPatch.ts";
import { patchedPieces, repackMembers } from "../files/zipRepack.ts";
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointFormat,
  type LinearLayer,
  type TensorReplacement,
} from "./checkpoint.ts";
import { biasName, isOptimizerState, storesColumns } from "./headNames.ts";
import { encodeTensor, listedType, littleEndianPieces } from "./tensors.ts";
import { findDenseLayers } from "./tfjs/topology.ts";

/** The HDF5 part of a file, and how a copy of the file is written in which patches are applied to that part. */
interface Weights {
  readonly source: ByteSource;
  /** What the file says about the network, besides the arrays. */
  readonly config?: unknown;
  copy(target: string, patches: readonly Patch[], writing?: Writing): Promise<void>;
}

export const kerasWeightsFormat: CheckpointFormat = {
  isComplete: (path) => whenOpen(path, async (file) => hdf5IsComplete(file)),
  open: (path) =>
    openWeights(path, "keras-h5", async (file) => ({
      source: file,
      copy: (target, patches, writing) => copyPatched(file, target, patches, writing),
    })),
};

export const kerasFormat: CheckpointFormat = {
  isComplete: (path) => whenOpen(path, zipIsComplete),
  open: (path) =>
    openWeights(path, "keras", async (file) => {
      const archive = await openZip(file);
      const member = archive.members.get(kerasWeightsMember);
      if (!member) {
        throw new CheckpointError(
          `${path} has no ${kerasWeightsMember} in it; save the model with model.save of Keras 3.`,
        );
      }
      const source = await openMember(archive, member);
      return {
        source,
        config: await readKerasConfig(archive),
        async copy(target, patches, writing = {}) {
          const { signal } = writing;
          if (member.method === 0) {
            return copyPatched(file, target, await patchMember(archive, member, patches, signal), writing);
          }
          const content = patchedPieces(pieces(source), patches);
          const splices = await repackMembers(archive, [{ member, content }]);
          await writeTogether([await splicedCopy(file, target, splices, signal)], writing);
        },
      };
    }),
};

/** Groups beside the network's own in which Keras 3 and Keras 2 keep the optimizer's state. */
const ofOptimizer = /^(optimizer|optimizer_weights)\//;

async function whenOpen(path: string, ask: (file: SourceFile) => Promise<boolean>): Promise<boolean> {
  const file = await openSource(path);
  try {
    return await ask(file);
  } finally {
    await file.close();
  }
}

async function openWeights(
  path: string,
  format: string,
  find: (file: SourceFile) => Promise<Weights>,
): Promise<Checkpoint> {
  const file = await openSource(path);
  try {
    const weights = await find(file);
    const arrays = new Map(readHdf5(weights.source).map((array) => [array.name, array]));
    const named = (name: string) => {
      const array = arrays.get(name);
      if (!array) throw new CheckpointError(`${path} has no array ${name}; list its arrays with inspect.`);
      return array;
    };
    return {
      path,
      format,
      tensors: [...arrays.values()].map(({ name, shape, type, bytes }) => {
        return {
          name,
          shape,
          bytes,
          type: listedType(type),
          ...(ofOptimizer.test(name) && { auxiliary: true }),
        };
      }),
      linearLayers: layersOf([...arrays.values()], weights.config),
      async read(name) {
        const array = named(name);
        const { type, offset } = readable(weights.source.name, array);
        const values = await readHdf5Floats(weights.source, array, type, offset);
        await file.assertUnchanged();
        return values;
      },
      bytesOf(name) {
        const array = named(name);
        const { offset, bytes, type, littleEndian } = array;
        if (bytes === 0) return pieces(sliceOf(weights.source, 0, 0));
        if (offset === null) throw scattered(path, array);
        const source = sliceOf(weights.source, offset, bytes);
        return littleEndianPieces(source, bytesPerElement(type) ?? 1, littleEndian);
      },
      async writeCopy(target, replacements, writing) {
        const patches = replacements.map((one) => arrayPatch(path, named(one.name), one));
        await weights.copy(target, patches, writing);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Layers as the network's description lists them, else in the order of their places, in which Keras writes them. */
function layersOf(arrays: readonly Hdf5Array[], config: unknown): LinearLayer[] {
  const model = kerasModelOf(config);
  if (model && listsLayers(model)) {
    const names = new Set(arrays.map(({ name }) => name));
    const places = new Map(placedLayers(model).map(({ path, place }) => [path, place]));
    return findDenseLayers(config, (path, part) => {
      const name = `${places.get(path.join("/"))}/${part === "kernel" ? 0 : 1}`;
      return names.has(name) ? name : null;
    });
  }
  const kernels = arrays.filter(({ name, shape }) => shape.length === 2 && storesColumns(name));
  return kernels
    .filter(({ name }) => !isOptimizerState(name))
    .map(({ name }) => ({ weight: name, bias: biasName(name), layout: "columns", isOutput: false }));
}

function arrayPatch(path: string, array: Hdf5Array, replacement: TensorReplacement): Patch {
  const { type, offset } = readable(path, array);
  const { name, shape, littleEndian } = array;
  return { offset, bytes: encodeTensor(path, { name, shape, type }, replacement, littleEndian) };
}

function readable(path: string, array: Hdf5Array) {
  const { name, type, offset } = array;
  if (!isFloatType(type)) {
    throw new CheckpointError(`${path} keeps ${name} as ${type}; a head is F16, BF16, F32 or F64.`);
  }
  if (offset === null) throw scattered(path, array);
  return { type, offset };
}

function scattered(path: string, { name, keptAs }: Hdf5Array): CheckpointError {
  return new CheckpointError(
    `${path} keeps ${name} ${keptAs}, which is not read; save the weights as Keras does.`,
  );
}
