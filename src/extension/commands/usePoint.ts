/** Puts the head of a point of a sweep in its place, after a question where the verdict on it advises against it. */
import { readSweep } from "../../project/sweepFolder.ts";
import type { UseResult } from "../../protocol/engine.ts";
import { errorText } from "../../words/errors.ts";
import { sweptBoundText, sweptName } from "../../words/sweep.ts";
import { adviceText } from "../../words/use.ts";
import type { App, Command } from "../app.ts";
import { JobCancelled, JobFailed } from "../engineJob.ts";
import { commandIds } from "../ids.ts";
import { agrees, fail, inform, warn } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";

export const usePoint: Command = {
  id: commandIds.usePoint,
  async run(app, folder, at) {
    if (typeof folder !== "string" || typeof at !== "number") return;
    if (!(await requireTrust(writesNothing))) return;
    const sweep = readSweep(folder);
    const point = sweep?.points[at];
    if (!sweep || !point) return;
    const against = adviceText(point.verdict);
    if (against !== null) {
      const bound = `${sweptName(sweep.swept)} ${sweptBoundText(sweep.swept, point.bound)}`;
      if (!(await agrees(`Use the head of point ${at + 1}, ${bound}?`, against, "Use It Anyway"))) return;
    }
    const used = await write(app, { folder, at, configuration: sweep.configurationPath }, false);
    if (used === null) return;
    app.log.info(used.sentence);
    app.runs.refresh();
    app.sweeper.touch();
    const show = "Show Recall";
    const answer = await (used.advised ? inform : warn)(used.sentence, show);
    if (answer === show) app.panels.show("recall", [used.runFolder]);
  },
};

interface Point {
  readonly folder: string;
  readonly at: number;
  readonly configuration: string;
}

/** Null where it could not be, which was said. A file in the way may be the user's: it is theirs to say. */
async function write(app: App, point: Point, replace: boolean): Promise<UseResult | null> {
  const { folder, at, configuration } = point;
  const scope = app.projects.scope(configuration);
  try {
    return await app.engine.start({ kind: "usePoint", sweepFolder: folder, point: at, replace, ...scope })
      .result;
  } catch (error) {
    if (error instanceof JobCancelled) return null;
    app.log.error(`Using point ${at + 1} of ${folder} failed: ${errorText(error)}`);
    const remedy = error instanceof JobFailed && error.remedy === "replace" ? ["Replace It"] : [];
    const answer = await fail(errorText(error), ...remedy);
    return answer === undefined ? null : write(app, point, true);
  }
}
