/** `selmix watch`: tunes every checkpoint that is saved, the newest first, one at a time, until it is stopped. */
import { isCompleteCheckpoint } from "../checkpoints/formats.ts";
import { errorSentence } from "../engine/errors.ts";
import { RetuneQueue } from "../extension/retune.ts";
import { isWithin } from "../files/place.ts";
import { checkpointMatcher } from "../project/checkpointFiles.ts";
import type { Project } from "../project/load.ts";
import { reachOfProject } from "../project/paths.ts";
import { listRunFolders, readSummary } from "../project/readRuns.ts";
import { CheckpointWatcher } from "../watching/watcher.ts";

/** Resolves when the signal is aborted and the tune at work, if any, has ended. A tune that fails waits for the next save. */
export async function watch(
  project: Project,
  tune: (checkpoint: string) => Promise<void>,
  signal: AbortSignal,
  note: (sentence: string) => void,
): Promise<void> {
  let working: Promise<void> | null = null;
  const work = async (checkpoint: string) => {
    try {
      await tune(checkpoint);
    } catch (error) {
      if (!signal.aborted) note(`${errorSentence(error)} Waiting for the next save.`);
    }
    working = null;
    queue.finished(project.path);
  };
  const queue: RetuneQueue = new RetuneQueue({
    isBusy: () => working !== null || signal.aborted,
    start: (_configuration, checkpoint) => {
      working = work(checkpoint);
    },
    onChange: () => undefined,
  });
  const reach = reachOfProject(project);
  const watcher = new CheckpointWatcher({
    root: project.folder,
    matcher: checkpointMatcher(project),
    reaches: (place) => isWithin(reach, place),
    isComplete: isCompleteCheckpoint,
    onEvent: (event) => {
      if (!("fresh" in event)) return;
      if (event.fresh) queue.saved(project.path, event.checkpoint);
    },
    onProblem: ({ message }) => note(message),
  });
  const earlier = listRunFolders(project.folder, reach).flatMap((folder) => readSummary(folder)?.run ?? []);
  watcher.markSeen(earlier.filter(({ state }) => state === "done").map((run) => run.checkpointHash));
  await watcher.start();
  await watcher.rememberContents();
  note(`Watching ${project.configuration.checkpoints.join(", ")} in ${project.folder}; stop with Ctrl-C.`);
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  queue.dispose();
  await watcher.close();
  await working;
}
