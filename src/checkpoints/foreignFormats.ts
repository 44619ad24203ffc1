/** Files and folders of formats that are not read, named for what they are, with the command that leads to one that is. */
import { quotable } from "./commandLine.ts";

interface Foreign {
  readonly pattern: RegExp;
  /** What it is, and what to do: the two halves of a sentence. `file` and `stem` are names without folders, safe between quotes. */
  say(file: string, stem: string): string;
}

const fromKeras = "tune the Keras model that it was made from, and convert the tuned copy";

const files: readonly Foreign[] = [
  {
    pattern: /\.(tflite|lite)$/i,
    say: () => `is a TFLite model, whose numbers are packed for devices; ${fromKeras}`,
  },
  {
    pattern: /\.pt2$/i,
    say: (file, stem) =>
      `is a program of torch.export; save its weights: python -c 'import torch; torch.save(torch.export.load("${file}").state_dict, "${stem}.pt")'`,
  },
  {
    pattern: /\.jit$/i,
    say: (file, stem) =>
      `is a TorchScript program; save its weights: python -c 'import torch; torch.save(torch.jit.load("${file}").state_dict(), "${stem}.pt")'`,
  },
  {
    pattern: /\.(msgpack|flax)$/i,
    say: (file, stem) =>
      `is flax's msgpack; save its arrays: python -c 'import numpy as np; from flax.serialization import msgpack_restore as r; from flax.traverse_util import flatten_dict as f; np.savez("${stem}.npz", **f(r(np.fromfile("${file}", "uint8").tobytes()), sep="/"))'`,
  },
  {
    pattern: /\.(distcp|metadata)$/i,
    say: () =>
      "is a part of a distributed checkpoint (torch.distributed.checkpoint); join its folder: python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pt",
  },
  {
    pattern: /\.(pb|pbtxt)$/i,
    say: () => `is a TensorFlow graph, whose weights lie in constants or beside it; ${fromKeras}`,
  },
  {
    pattern: /\.(mlmodel|mlpackage|engine|trt|plan|gguf|ggml|xml)$/i,
    say: () =>
      "is a model compiled for a runtime; tune the checkpoint that it was made from, and convert the tuned copy",
  },
  {
    pattern: /\.(ubj|xgb|lgb|cbm|pmml|bst)$/i,
    say: () =>
      "holds trees, which have no last layer; tune a table of their scores instead: the predict_proba of each row",
  },
];

/** Folders by the names of what lies in them. */
const folders: readonly { readonly has: RegExp; readonly sentence: string }[] = [
  {
    has: /\.distcp$|^\.metadata$/,
    sentence:
      "is a distributed checkpoint (torch.distributed.checkpoint); join it: python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pt",
  },
  {
    has: /^(_METADATA|_CHECKPOINT_METADATA|manifest\.ocdbt)$/,
    sentence:
      'is an orbax checkpoint; save its arrays: python -c \'import numpy as np, orbax.checkpoint as o, jax; t = o.PyTreeCheckpointer().restore("FOLDER"); np.savez("model.npz", **{"/".join(str(getattr(k, "key", k)) for k in p): v for p, v in jax.tree_util.tree_flatten_with_path(t)[0]})\'',
  },
  { has: /^saved_model\.pb$/, sentence: `is a TensorFlow SavedModel; ${fromKeras}` },
];

/** Why a file of such a name is not read, and what to do; null for a name that says nothing. */
export function foreignFile(file: string): string | null {
  const name = quotable(file);
  const found = files.find(({ pattern }) => pattern.test(name));
  return found ? `${file} ${found.say(name, name.replace(/\.\w+$/, ""))}.` : null;
}

/** The same for a folder with files of these names. */
export function foreignFolder(folder: string, names: readonly string[]): string | null {
  const found = folders.find(({ has }) => names.some((name) => has.test(name)));
  return found ? `${folder} ${found.sentence.replaceAll("FOLDER", quotable(folder))}.` : null;
}
