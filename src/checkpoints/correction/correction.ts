/**
 * A classifier of which only scores are known, as a checkpoint: its head is the identity on their logits, and what is written
 * is not a copy but a correction of the scores: correction.json, and the same as an ONNX model beside it.
 */
import { type FileToWrite, type Writing, writeFully, writeTogether } from "../../files/atomic.ts";
import { encodeFloats } from "../../files/numbers.ts";
import type { ScoreForm } from "../../selmix/heads/scoreRows.ts";
import { type Checkpoint, CheckpointError, type TensorReplacement } from "../checkpoint.ts";
import type { HeadLocation } from "../head.ts";
import { type CorrectionFile, correctionFormat, onnxBeside } from "./names.ts";
import { correctionModel } from "./onnxModel.ts";

/** What is known of a classifier by its scores. */
export interface ScoredClassifier {
  /** The table that the scores of training samples are in. */
  readonly path: string;
  readonly form: ScoreForm;
  /** Columns of scores: K, or 1 where there are two classes. */
  readonly size: number;
  readonly classes: readonly string[];
}

/** Where the head of such a checkpoint lies. */
export function correctionHead({ classes, size }: ScoredClassifier): HeadLocation {
  return {
    ...{ weight: "weight", bias: "bias", layout: "rows", classes: classes.length, size },
    reason: "the scores themselves, before any correction",
  };
}

/** The checkpoint of a classifier by its scores. */
export function scoredCheckpoint(classifier: ScoredClassifier): Checkpoint {
  const { path, size, classes } = classifier;
  const identity = new Map([
    ["weight", identityOf(classes.length, size)],
    ["bias", new Float32Array(classes.length)],
  ]);
  const read = (name: string) => {
    const values = identity.get(name);
    if (!values) throw new CheckpointError(`A correction of scores has no tensor ${name}.`);
    return values;
  };
  return {
    path,
    format: correctionFormat,
    tensors: [...identity].map(([name, values]) => ({
      name,
      shape: name === "weight" ? [classes.length, size] : [classes.length],
      type: "F32",
      bytes: 4 * values.length,
    })),
    read: async (name) => read(name).slice(),
    async *bytesOf(name) {
      yield encodeFloats("F32", read(name));
    },
    async writeCopy(target, replacements, writing = {}) {
      const correction = correctionOf(classifier, replacements, read);
      const text = Buffer.from(`${JSON.stringify(correction, null, 2)}\n`);
      const files = [fileOf(onnxBeside(target), correctionModel(correction)), fileOf(target, text)];
      await writeTogether(files, eachByItself(writing));
    },
    close: async () => undefined,
  };
}

function fileOf(target: string, content: Uint8Array): FileToWrite {
  return { target, write: (handle) => writeFully(handle, content, 0) };
}

/** The gate is asked about each of the files: both have names of their own, which the next correction takes over. */
function eachByItself({ signal, gate }: Writing): Writing {
  return {
    ...(signal && { signal }),
    async gate(files) {
      for (const file of files) await gate?.([file]);
    },
  };
}

function correctionOf(
  { form, classes, size }: ScoredClassifier,
  replacements: readonly TensorReplacement[],
  known: (name: string) => Float32Array,
): CorrectionFile {
  const valuesOf = (name: string) => replacements.find((one) => one.name === name)?.values ?? known(name);
  const weight = valuesOf("weight");
  return {
    selmix: 1,
    scores: form.kind,
    floor: form.floor,
    classes,
    weight: classes.map((_, k) => Array.from(weight.subarray(k * size, (k + 1) * size))),
    bias: Array.from(valuesOf("bias")),
  };
}

/** Of one column the second class has the score, and the first 0. */
function identityOf(classes: number, size: number): Float32Array {
  const weight = new Float32Array(classes * size);
  if (size === 1) weight[1] = 1;
  else for (let k = 0; k < classes; k++) weight[k * size + k] = 1;
  return weight;
}
