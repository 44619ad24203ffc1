/** Changes selmix.json where it stands: comments, order and indentation of everything else are kept. */
import { realpathSync } from "node:fs";
import path from "node:path";
import { applyEdits, type Edit, type JSONPath, modify } from "jsonc-parser";
import { writeAtomically } from "../files/atomic.ts";
import { placeWithin, type Reach, reachOf } from "../files/place.ts";
import { readSmallText, sizeLimits } from "../files/regular.ts";

/** Sets the value at a place; undefined removes it. Index -1 in a list appends. */
export interface ConfigurationEdit {
  readonly path: JSONPath;
  readonly value: unknown;
}

/** The text after the edits, in order. */
export function editText(text: string, edits: readonly ConfigurationEdit[]): string {
  return edits.reduce((current, edit) => applyEdits(current, [...editsOf(current, edit)]), text);
}

/** What one of them changes in a text, formatted as the rest of it is. */
export function editsOf(text: string, { path: place, value }: ConfigurationEdit): readonly Edit[] {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const formattingOptions = {
    insertSpaces: !indent.startsWith("\t"),
    tabSize: indent.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
  return modify(text, place, value, { formattingOptions, isArrayInsertion: place.at(-1) === -1 });
}

/** Edits a selmix.json on disk, by temporary file and rename; a link to it stays a link, and leads within reach. */
export async function editConfiguration(
  file: string,
  edits: readonly ConfigurationEdit[],
  reach: Reach = reachOf(path.dirname(file)),
): Promise<void> {
  const text = editText(readSmallText(file, sizeLimits.settings), edits);
  await writeAtomically(placeWithin(reach, realpathSync(file)), (handle) => handle.writeFile(text));
}
