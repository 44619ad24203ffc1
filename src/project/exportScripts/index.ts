/** Ready-made scripts that write a checkpoint's features, filled in with what the checkpoint shows. */
import { formatOf } from "../../checkpoints/formats.ts";
import type { ExportFacts } from "./facts.ts";
import { kerasScript } from "./keras.ts";
import { pytorchScript } from "./pytorch.ts";
import { sklearnScript } from "./sklearn.ts";
import { timmScript } from "./timm.ts";
import { transformersScript } from "./transformers.ts";

export { type ExportFacts, exportFacts } from "./facts.ts";
export { type PossibleHead, possibleHeads } from "./heads.ts";

/** What a new script is called. */
export const exportScriptName = "export_features.py";

export type ExportKind = "pytorch" | "keras" | "transformers" | "timm" | "sklearn";

/** The kinds, with their names for people and the ending of the tables that they write. */
export const exportKinds: readonly {
  readonly kind: ExportKind;
  readonly name: string;
  readonly tables: string;
}[] = [
  { kind: "pytorch", name: "PyTorch", tables: ".safetensors" },
  { kind: "keras", name: "Keras", tables: ".npz" },
  { kind: "transformers", name: "Hugging Face transformers", tables: ".safetensors" },
  { kind: "timm", name: "timm", tables: ".safetensors" },
  { kind: "sklearn", name: "scikit-learn", tables: ".npz" },
];

const scripts: Readonly<Record<ExportKind, (facts: ExportFacts) => string>> = {
  pytorch: pytorchScript,
  keras: kerasScript,
  transformers: transformersScript,
  timm: timmScript,
  sklearn: sklearnScript,
};

/** A Python script that takes a checkpoint and a folder, and writes train, validation and test tables there. */
export function exportScript(kind: ExportKind, facts: ExportFacts): string {
  return scripts[kind](facts);
}

/** The kind that a checkpoint is likeliest of: by its ending, and by the files that stand beside it. */
export function likelyKind(checkpoint: string, beside: readonly string[]): ExportKind {
  const kind = formatOf(checkpoint)?.exportKind ?? "pytorch";
  const ofTransformers = beside.includes("config.json") && /\.(safetensors|bin|json)$/i.test(checkpoint);
  return kind === "pytorch" && ofTransformers ? "transformers" : kind;
}
