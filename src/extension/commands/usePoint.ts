/** Puts the head of a point of a sweep in its place, after a question where the verdict on it advises against it. */
import { readSweep } from "../../project/sweepFolder.ts";
import { sweptBoundText, sweptName } from "../../words/sweep.ts";
import { adviceText } from "../../words/use.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { agrees, inform, warn } from "../tell.ts";
import { requireTrust, writesNothing } from "../trust.ts";
import { useHead } from "../useHead.ts";

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
    const scope = app.projects.scope(sweep.configurationPath);
    const request = { kind: "usePoint" as const, sweepFolder: folder, point: at, ...scope };
    const what = `point ${at + 1} of ${folder}`;
    const used = await useHead(app, what, (replace) => app.engine.start({ ...request, replace }).result);
    if (used === null) return;
    app.log.info(used.sentence);
    app.runs.refresh();
    app.sweeper.touch();
    const show = "Show Recall";
    const answer = await (used.advised ? inform : warn)(used.sentence, show);
    if (answer === show) app.panels.show("recall", [used.runFolder]);
  },
};
