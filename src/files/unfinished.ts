/**
 * What a process that is killed leaves behind: temporary files as large as a checkpoint, folders of half the features. Each is
 * noted in the user's state folder before it is made, so that whoever comes next finds it, in whatever workspace it lies.
 */

import { readdirSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { createInPlace, remove } from "./direct.ts";
import { lookAt } from "./fresh.ts";
import { isAlive, isAtWork, ownStamp, processStamp } from "./liveness.ts";
import { makeOwn, stateFolder } from "./ownFolders.ts";
import { readJson } from "./readJson.ts";
import { sizeLimits } from "./regular.ts";

const noteSchema = z.object({ process: processStamp, places: z.array(z.string()) });

let notes = 0;

/**
 * Notes files and folders as unfinished; returns what takes the note back, which it does once none of them is there. Where no note
 * can be kept, nothing is lost but tidiness.
 */
export function noteUnfinished(places: readonly string[]): () => void {
  const folder = notesFolder();
  if (folder === null) return () => undefined;
  const process = ownStamp();
  notes += 1;
  const note = path.join(folder, `${process.pid}-${Date.now().toString(36)}-${notes}.json`);
  try {
    // Its name tells whose it is, so that a half-written one needs no note of its own.
    createInPlace(note, JSON.stringify({ process, places }), 0o600);
  } catch {
    return () => undefined;
  }
  return () => {
    if (places.some(lookAt)) return;
    try {
      remove(note);
    } catch {
      // It names nothing that is there: whoever comes next removes it.
    }
  };
}

/** Removes what processes of this machine left that are gone. Returns what was there and was removed. */
export function sweepUnfinished(): string[] {
  const folder = notesFolder();
  if (folder === null) return [];
  const swept: string[] = [];
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const note = read(file);
    if (note ? isAtWork(note.process) !== false : isAlive(Number.parseInt(name, 10))) continue;
    const there = (note?.places ?? []).filter((place) => lookAt(place));
    try {
      for (const place of there) remove(place);
      remove(file);
      swept.push(...there);
    } catch {
      // Another time, when its folder can be written to.
    }
  }
  return swept;
}

function notesFolder(): string | null {
  const state = stateFolder();
  const folder = state && path.join(state, "unfinished");
  return folder !== null && makeOwn(folder) ? folder : null;
}

function read(file: string): z.infer<typeof noteSchema> | null {
  return readJson(file, sizeLimits.settings, noteSchema);
}
