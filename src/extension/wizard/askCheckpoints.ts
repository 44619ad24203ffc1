/** Asks which files are the checkpoints, where the workspace does not leave just one answer. */
import { checkpointExtensions } from "../../checkpoints/formats.ts";
import { listed } from "../../words/names.ts";
import { counted } from "../../words/numbers.ts";
import { ask, type Item, pick, pickMany } from "../tell.ts";
import { browse, browseItem } from "./browse.ts";
import { type CheckpointGlob, checkpointGlobs, type FoundCheckpoint } from "./checkpoints.ts";

/** Globs, relative to the folder; null when the user gives up. */
export async function askCheckpoints(
  folder: string,
  title: string,
  found: readonly FoundCheckpoint[],
): Promise<string[] | null> {
  const globs = checkpointGlobs(found);
  const [only, ...others] = globs.filter(({ doubt }) => doubt === null);
  if (only && others.length === 0) return [only.glob];
  const question = { title: `${title}: Checkpoints`, placeHolder: "Which checkpoints are tuned" };
  if (globs.length === 0 || !only) return askWhere(folder, question.title, globs);
  const items = globs.map((glob) => ({ ...globItem(glob), picked: glob === only, glob: glob.glob }));
  const picked = await pickMany([...items, { ...browseItem, picked: false, glob: "" }], question);
  if (!picked || picked.length === 0) return null;
  const named = picked.flatMap(({ glob }) => (glob === "" ? [] : [glob]));
  if (named.length === picked.length) return named;
  const file = await browseCheckpoint(folder, question.title);
  return file === null && named.length === 0 ? null : [...named, ...(file === null ? [] : [file])];
}

function globItem({ glob, files, doubt }: CheckpointGlob): Item {
  if (doubt !== null) return { label: glob, description: "most likely no checkpoint", detail: doubt };
  const names = listed(files.map((file) => file.split("/").at(-1) ?? file));
  return { label: glob, description: `${counted(files.length, "checkpoint")}: ${names}` };
}

/** Nothing that was found is a checkpoint for certain: one may be shown, or is saved later. */
async function askWhere(
  folder: string,
  title: string,
  globs: readonly CheckpointGlob[],
): Promise<string[] | null> {
  const later = { icon: "clock", label: "They will be saved later…", description: "say where", glob: null };
  const doubtful = globs.map((glob) => ({ ...globItem(glob), glob: glob.glob }));
  const picked = await pick([...doubtful, { ...browseItem, glob: "" }, later], {
    title,
    placeHolder: "No checkpoint was found. Where are they?",
  });
  if (!picked) return null;
  if (picked.glob === "") {
    const file = await browseCheckpoint(folder, title);
    return file === null ? null : [file];
  }
  if (picked.glob !== null) return [picked.glob];
  const answer = await ask({
    title,
    prompt: "Where your training will save them, relative to this folder; * stands for anything.",
    value: "checkpoints/*.pt",
  });
  return answer ? [answer] : null;
}

function browseCheckpoint(folder: string, title: string): Promise<string | null> {
  const extensions = checkpointExtensions.flatMap((extension) =>
    /^\.\w+$/.test(extension) ? [extension.slice(1)] : [],
  );
  return browse(folder, title, { Checkpoints: extensions });
}
