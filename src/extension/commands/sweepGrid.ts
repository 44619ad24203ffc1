/** Tunes every combination of objectives, checkpoints and seeds that is asked for, beside the editor; the table of runs shows them as they come. */
import { shortName } from "../../metrics/catalogue.ts";
import { objectiveKey } from "../../metrics/composed.ts";
import { objectiveChoices, objectiveSentence } from "../../metrics/objective.ts";
import { whyNoGrid } from "../../project/gridable.ts";
import type { Project } from "../../project/load.ts";
import type { GridResult } from "../../protocol/engine.ts";
import { errorText } from "../../words/errors.ts";
import { gridEndText } from "../../words/grid.ts";
import { age } from "../../words/numbers.ts";
import type { App, Command } from "../app.ts";
import { JobCancelled } from "../engineJob.ts";
import { combinationsText, type GridChoice, seedChoices, sweepingText } from "../gridChoices.ts";
import { commandIds } from "../ids.ts";
import type { OpenProject } from "../projects.ts";
import { usableProject } from "../targets.ts";
import { fail, inform, pick, pickMany, warn, whileAtWork } from "../tell.ts";
import { requireTrust } from "../trust.ts";

const title = "Sweep a Grid";

export const sweepGrid: Command = {
  id: commandIds.sweepGrid,
  async run(app) {
    if (!(await requireTrust("SelMix computes nothing in a workspace that is not trusted."))) return;
    const open = usableProject(app);
    if (!open?.project) return;
    const { grids, panels } = app;
    if (grids.active !== null) {
      panels.showRuns();
      void inform("A grid is at work; wait for its end, or stop it.");
      return;
    }
    const why = whyNoGrid(open.project);
    if (why !== null) {
      void fail(why);
      return;
    }
    const choice = await askGrid(app, open, open.project);
    if (choice === null) return;
    panels.showRuns();
    await sweep(app, open, choice);
  },
};

async function sweep({ grids, panels, log }: App, open: OpenProject, choice: GridChoice): Promise<void> {
  let ended: GridResult;
  try {
    ended = await whileAtWork(sweepingText(choice), (tell) => grids.start(open, choice, tell));
  } catch (error) {
    if (!(error instanceof JobCancelled)) void fail(errorText(error));
    return;
  }
  const [show, more] = ["Show Runs", "Show Log"];
  const say = ended.failed > 0 ? warn : inform;
  // Why tunes failed comes first; of several cells each has a sentence, in the log.
  const [first, ...others] = ended.sentences;
  const told = first !== undefined && (ended.failed > 0 || others.length === 0) ? ` ${first}` : "";
  const answer = await say(`${gridEndText(ended)}.${told}`, show, ...(others.length > 0 ? [more] : []));
  if (answer === show) panels.showRuns();
  if (answer === more) log.show();
}

/** Null where the user gives up, or ticks nothing. */
async function askGrid(app: App, open: OpenProject, project: Project): Promise<GridChoice | null> {
  const objectives = await askObjectives(project);
  if (objectives === null) return null;
  const checkpoints = await askCheckpoints(app, open, project);
  if (checkpoints === null) return null;
  const files = checkpoints.length === 0 ? null : checkpoints;
  const { seed } = project.configuration.tuning;
  const last = app.runs.of(open.path).find(({ result }) => result !== null)?.result;
  const each = last ? last.seconds.load + last.seconds.tune : null;
  const picked = await pick(seedChoices(objectives.length * (files?.length ?? 1), seed, each), {
    title: `${title}: ${combinationsText(objectives.length, files?.length ?? null)}`,
    placeHolder: "How many seeds? Several tell how much of a result is luck",
  });
  return picked ? { objectives, seeds: picked.seeds, checkpoints: files } : null;
}

async function askObjectives({ configuration }: Project): Promise<string[] | null> {
  const own = objectiveKey(configuration.objective);
  const ids = objectiveChoices(configuration.objective);
  const items = ids.map((id) => ({
    ...{ label: shortName(id), detail: objectiveSentence(id), id },
    ...(id === own && { description: "chosen now", picked: true }),
  }));
  const picked = await pickMany(items, { title, placeHolder: "Objectives, each tuned for by itself" });
  return someOf(
    picked?.map(({ id }) => id),
    "objective",
  );
}

/** Empty where a classifier's scores are corrected: there is no checkpoint to choose. */
async function askCheckpoints(
  { checkpoints, projects }: App,
  { path }: OpenProject,
  { configuration: { features, checkpoints: patterns } }: Project,
): Promise<string[] | null> {
  if (patterns.length === 0) return [];
  const items = checkpoints.of(path).map((entry, at) => ({
    label: projects.nameOf(path, entry.path),
    description: age(entry.modified, Date.now()),
    picked: at === 0,
    file: entry.path,
  }));
  if (items.length < 2) return items.map(({ file }) => file);
  // Tables that are made are of one checkpoint at a time.
  if (features.command || features.network) {
    const one = await pick(items, {
      title,
      placeHolder: "Checkpoint, newest first; features are made for one at a time",
    });
    return one ? [one.file] : null;
  }
  const picked = await pickMany(items, { title, placeHolder: "Checkpoints, newest first" });
  return someOf(
    picked?.map(({ file }) => file),
    "checkpoint",
  );
}

/** Null where the user gave up; nothing ticked is said to be nothing. */
function someOf(chosen: readonly string[] | undefined, what: string): string[] | null {
  if (chosen === undefined) return null;
  if (chosen.length > 0) return [...chosen];
  void inform(`No ${what} was ticked, so that nothing is tuned.`);
  return null;
}
