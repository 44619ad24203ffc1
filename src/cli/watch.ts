/**
 * `selmix watch`: tunes every checkpoint that is saved, the newest first, one at a time, until it is stopped; and what was saved, or
 * not tuned to its end, since it was stopped last.
 */
import { checkpointParts, isCompleteCheckpoint } from "../checkpoints/formats.ts";
import { errorSentence } from "../engine/errors.ts";
import { checkpointMatcher } from "../project/checkpointFiles.ts";
import type { Project } from "../project/load.ts";
import { reachOfProject } from "../project/paths.ts";
import { scoresFile } from "../project/scoresFile.ts";
import { TunedBefore } from "../project/tuned.ts";
import { WatchMemory } from "../watching/memory.ts";
import { RetuneQueue } from "../watching/retune.ts";
import { type Save, Saves } from "../watching/saves.ts";
import { CheckpointWatcher, type WatchEvent } from "../watching/watcher.ts";

/** Resolves when the signal is aborted and the tune at work, if any, has ended. A tune that fails waits for the next save. */
export async function watch(
  project: Project,
  tune: (save: Save) => Promise<void>,
  signal: AbortSignal,
  note: (sentence: string) => void,
): Promise<void> {
  let working: Promise<void> | null = null;
  const work = async (save: Save) => {
    try {
      await tune(save);
    } catch (error) {
      if (!signal.aborted) note(`${errorSentence(error)} Waiting for the next save.`);
    }
    working = null;
    // What is stopped was not tuned to its end: it is taken up again the next time.
    if (!signal.aborted) queue.finished(project.path);
    saves.changed();
  };
  const queue: RetuneQueue = new RetuneQueue({
    isBusy: () => working !== null || signal.aborted,
    start: (_configuration, save) => {
      working = work(save);
    },
    onChange: () => saves.changed(),
  });
  const reach = reachOfProject(project);
  const receive = (event: WatchEvent) => {
    if (event.kind === "renamed") queue.rename(event.from, event.checkpoint.path);
    if (event.kind === "deleted") queue.forgetCheckpoint(event.path);
    saves.receive(event);
  };
  const watcher = new CheckpointWatcher({
    root: project.folder,
    matcher: checkpointMatcher(project),
    isComplete: async (file) => scoresFile(project) === file || isCompleteCheckpoint(file),
    partsOf: checkpointParts,
    onEvent: receive,
    onProblem: ({ message }) => note(message),
  });
  const before = new TunedBefore(project.path, reach);
  const saves: Saves = new Saves({
    memory: new WatchMemory(project.path, reach),
    present: () => watcher.present,
    isTuned: (hash) => before.has(hash),
    pending: () => queue.pending(project.path),
    isPassedOver: (checkpoint) => queue.isPassedOver(project.path, checkpoint),
    onSave: (save, kind) => queue.saved(project.path, save, kind),
    onNote: note,
  });
  await watcher.start();
  await saves.begin();
  note(
    `Watching ${scoresFile(project) ?? project.configuration.checkpoints.join(", ")} in ${project.folder}; stop with Ctrl-C.`,
  );
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  await saves.close();
  queue.dispose();
  await watcher.close();
  await working;
}
