/** What a person calls a run, and what they note about it: a small file in its folder, which nothing else reads. */
import path from "node:path";
import * as z from "zod";
import { remove } from "../files/direct.ts";
import { readSmallText, sizeLimits } from "../files/regular.ts";
import { replaceFile } from "../files/replace.ts";

const naming = z.object({ version: z.literal(1), name: z.string(), note: z.string() });
/** Both empty where nobody said anything. */
export type RunNaming = Pick<z.infer<typeof naming>, "name" | "note">;

export const namingFile = "name.json";
const unnamed: RunNaming = { name: "", note: "" };
/** Longer ones are cut: they stand in lists. */
export const longestRunName = 80;
export const longestNote = 2000;

/** What is said of a run; a file that cannot be read says nothing. */
export function readNaming(runFolder: string): RunNaming {
  try {
    const text = readSmallText(path.join(runFolder, namingFile), sizeLimits.record);
    const { name, note } = naming.parse(JSON.parse(text));
    return { name: name.slice(0, longestRunName), note: note.slice(0, longestNote) };
  } catch {
    return unnamed;
  }
}

/** Says it. Throws what the file system throws. */
export function writeNaming(runFolder: string, { name, note }: RunNaming): void {
  const [called, noted] = [name.trim().slice(0, longestRunName), note.trim().slice(0, longestNote)];
  const file = path.join(runFolder, namingFile);
  if (called === "" && noted === "") remove(file);
  else replaceFile(file, `${JSON.stringify({ version: 1, name: called, note: noted })}\n`);
}
