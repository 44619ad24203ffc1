/** Folders that Hugging Face's from_pretrained loads: the model under a name that all have, and what else it needs beside it. */
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

/** Names that save_pretrained gives to models, in the order in which from_pretrained looks for them. */
const modelNames = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "adapter_model.safetensors",
];
const descriptions = ["config.json", "adapter_config.json"];

/** What from_pretrained reads besides weights: descriptions, tokenizers, code of the model. */
const companion = /\.(json|txt|model|py|jinja|vocab|bpe)$/i;
/** What Trainer keeps to go on with training, and indices of weights. */
const notCompanion = /^(trainer_state|train_results|eval_results|all_results)\.json$|\.index\.json$/i;
const mostBytes = 64 * 1024 * 1024;
const mostFiles = 100;

/** Whether a file is called as the model of such a folder. */
export function isModelName(file: string): boolean {
  return modelNames.includes(path.basename(file));
}

/** Whether a file is the model of such a folder: its description lies beside it. */
export function isFolderModel(file: string): boolean {
  return isModelName(file) && descriptions.some((name) => existsSync(path.join(path.dirname(file), name)));
}

/** Of files in one folder, the one that from_pretrained loads; null where none has such a name. */
export function loadedModel(files: readonly string[]): string | null {
  for (const name of modelNames) {
    const found = files.find((file) => path.basename(file) === name);
    if (found !== undefined) return found;
  }
  return null;
}

/** Names of the small files beside a folder's model that are loaded with it. */
export function companionsOf(model: string): string[] {
  const folder = path.dirname(model);
  const names = readdirSync(folder).filter((name) => companion.test(name) && !notCompanion.test(name));
  const isSmall = (name: string) => {
    const stat = statSync(path.join(folder, name), { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size <= mostBytes;
  };
  return names.filter(isSmall).sort().slice(0, mostFiles);
}
