/** What the classes are called: as selmix.json says, else as the checkpoint or the files beside it do. */

import path from "node:path";
import { parse } from "jsonc-parser";
import * as z from "zod";
import { type Checkpoint, CheckpointError } from "../checkpoints/checkpoint.ts";
import { multiLabelAdvice } from "../features/labelMatrix.ts";
import { readSmallText, sizeLimits } from "../files/regular.ts";
import type { Project } from "./load.ts";

const transformersConfig = z.looseObject({
  id2label: z.record(z.string().regex(/^\d+$/), z.string()).optional().catch(undefined),
  problem_type: z.string().nullish().catch(null),
});

export interface ClassNames {
  readonly names: readonly string[];
  /** The file that has them. */
  readonly source: string;
}

/** Names of the classes in the order of the head's outputs; null where nothing has them. Throws `CheckpointError` for a multi-label head. */
export function classNamesOf(
  project: Project,
  checkpoint: Pick<Checkpoint, "path" | "format" | "classNames">,
): ClassNames | null {
  const beside = besideTransformers(checkpoint);
  const { classes } = project.configuration;
  if (classes) return { names: classes, source: project.path };
  if (checkpoint.classNames) return different(checkpoint.classNames, checkpoint.path);
  return beside;
}

/** The lines of a classes.txt beside the checkpoint or selmix.json, which may name what labels are texts of. */
export function listedClasses(folders: readonly string[]): ClassNames | null {
  for (const folder of folders) {
    const source = path.join(folder, "classes.txt");
    const names = smallText(source)
      .split(/\r?\n/)
      .map((line) => line.trim());
    while (names.at(-1) === "") names.pop();
    const found = names.length > 1 ? different(names, source) : null;
    if (found) return found;
  }
  return null;
}

/** id2label of Hugging Face's config.json beside a checkpoint. Names that only count ("LABEL_0") are none. */
function besideTransformers({ path: file, format }: Pick<Checkpoint, "path" | "format">): ClassNames | null {
  if (!/^(safetensors|sharded-safetensors|pytorch)$/.test(format)) return null;
  const source = path.join(path.dirname(file), "config.json");
  const config = transformersConfig.safeParse(parse(smallText(source)));
  if (!config.success) return null;
  const { id2label = {}, problem_type } = config.data;
  if (problem_type === "multi_label_classification") {
    throw new CheckpointError(
      `${source} says that ${path.basename(file)} is a multi-label classifier: ${multiLabelAdvice}.`,
    );
  }
  const count = Object.keys(id2label).length;
  const names = Array.from({ length: count }, (_, k) => id2label[String(k)] ?? "");
  if (count < 2 || names.every((name) => /^LABEL_\d+$/.test(name))) return null;
  return different(names, source);
}

/** Names that tell classes apart. */
function different(names: readonly string[], source: string): ClassNames | null {
  return new Set(names).size === names.length && !names.includes("") ? { names, source } : null;
}

function smallText(file: string): string {
  try {
    return readSmallText(file, sizeLimits.script);
  } catch {
    return "";
  }
}
