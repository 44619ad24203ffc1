/** What names the classes, where selmix.json does not: the checkpoint's config.json, or a classes.txt. */
import path from "node:path";
import * as z from "zod";
import { readSmallText, sizeLimits } from "../files/regular.ts";
import type { NamedClasses } from "./vocabulary.ts";

const labelNames = z.object({ id2label: z.record(z.string(), z.string()) });
const listName = "classes.txt";

/** Names from beside a checkpoint, or beside selmix.json; null where there are none that are sound. */
export function namedClasses(folder: string, checkpoint: string | null): NamedClasses | null {
  const beside = checkpoint === null ? [] : [path.dirname(checkpoint)];
  for (const place of beside) {
    const names = idNames(path.join(place, "config.json"));
    if (names) return { names, from: "id2label of config.json" };
  }
  for (const place of [...beside, folder]) {
    const names = lines(path.join(place, listName));
    if (names) return { names, from: listName };
  }
  return null;
}

/** `id2label` of Hugging Face's config.json, from 0 without a gap. */
function idNames(file: string): string[] | null {
  const names = labelNames.safeParse(json(file)).data?.id2label;
  if (!names) return null;
  const count = Object.keys(names).length;
  const ordered = Array.from({ length: count }, (_, k) => names[String(k)]);
  return ordered.every((name) => name !== undefined) && isSound(ordered) ? ordered : null;
}

function lines(file: string): string[] | null {
  const names = (text(file) ?? "").split(/\r?\n/).map((line) => line.trim());
  while (names.at(-1) === "") names.pop();
  return isSound(names) ? names : null;
}

function isSound(names: readonly string[]): boolean {
  return names.length > 1 && new Set(names).size === names.length && !names.includes("");
}

function json(file: string): unknown {
  try {
    return JSON.parse(text(file) ?? "");
  } catch {
    return null;
  }
}

function text(file: string): string | null {
  try {
    return readSmallText(file, sizeLimits.settings);
  } catch {
    return null;
  }
}
