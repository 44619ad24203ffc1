/** A project as somebody may have it who never heard of SelMix: a PyTorch checkpoint, npz tables with two groups, no selmix.json. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { LabelledRows } from "../../src/selmix/problem.ts";
import { pickledState } from "../checkpoints/pytorch/makePickle.ts";
import { makeNpy } from "../files/makeNpy.ts";
import { makeZip } from "../files/makeZip.ts";
import { blobProblem } from "../selmix/blobs.ts";

export interface GroupedOptions {
  /** What the tables call their arrays. */
  readonly names?: { readonly features: string; readonly labels: string; readonly groups: string };
  /** Where they lie, and what they are called. */
  readonly tables?: Readonly<Record<"train" | "validation" | "test", string>>;
  /** The label of the first class. */
  readonly firstLabel?: number;
}

const classes = 7;
const size = 8;

/** Fills a folder: `checkpoints/epoch_12.pt` of seven classes, and a table each for training, validation and test. */
export function fillGrouped(folder: string, options: GroupedOptions = {}): void {
  const {
    names = { features: "features", labels: "labels", groups: "groups" },
    firstLabel = 0,
    tables = { train: "features/train.npz", validation: "features/val.npz", test: "features/test.npz" },
  } = options;
  const problem = blobProblem({
    ...{ classes, size, groups: 2, seed: 5, validationPerBucket: 120 },
    trainCounts: [600, 300, 150, 75, 40, 20, 10],
  });
  const test = blobProblem({
    ...{ classes, size, groups: 2, seed: 5, validationPerBucket: 120 },
    trainCounts: [601, 300, 150, 75, 40, 20, 10],
  });
  const write = (file: string, bytes: Uint8Array) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), bytes);
  };
  const table = ({ rows, buckets }: LabelledRows) => {
    const values = new Float32Array(rows.count * rows.size);
    rows.read(0, rows.count, values, 0);
    const of = (what: "label" | "group", first = 0) =>
      BigInt64Array.from(buckets, (bucket) => BigInt((problem.buckets[bucket]?.[what] ?? 0) + first));
    const arrays = [
      { name: names.features, descr: "<f4", shape: [rows.count, rows.size], data: values },
      { name: names.labels, descr: "<i8", shape: [rows.count], data: of("label", firstLabel) },
      { name: names.groups, descr: "<i8", shape: [rows.count], data: of("group") },
    ];
    return makeZip(
      arrays.map(({ name, descr, shape, data }) => ({
        name: `${name}.npy`,
        bytes: makeNpy(descr, shape, bytesOf(data)),
      })),
    );
  };
  write(tables.train, table(problem.train));
  write(tables.validation, table(problem.validation));
  write(tables.test, table(test.validation));
  write("checkpoints/epoch_12.pt", stateDict(problem.head));
}

/** A state_dict as torch.save writes one: a first layer, and the head. */
function stateDict({ weight, bias }: { weight: Float32Array; bias: Float32Array | null }): Uint8Array {
  const tensors = [
    ["layer1.weight", [size, size], new Float32Array(size * size).fill(0.5)],
    ["fc.weight", [classes, size], weight],
    ["fc.bias", [classes], bias ?? new Float32Array(classes)],
  ] as const;
  const pickle = pickledState(tensors.map(([name, shape]) => [name, "FloatStorage", shape]));
  return makeZip([
    { name: "epoch_12/data.pkl", bytes: pickle },
    { name: "epoch_12/byteorder", bytes: Buffer.from("little") },
    ...tensors.map(([, , values], key) => ({ name: `epoch_12/data/${key}`, bytes: bytesOf(values) })),
    { name: "epoch_12/version", bytes: Buffer.from("3\n") },
  ]);
}

function bytesOf(values: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
