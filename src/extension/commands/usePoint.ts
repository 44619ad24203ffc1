/** Puts the head of a point of a sweep in its place, after a question where the verdict on it advises against it. */
import { readSweep } from "../../project/sweepFolder.ts";
import { sweptBoundText, sweptName } from "../../words/sweep.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
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
    const bound = `${sweptName(sweep.swept)} ${sweptBoundText(sweep.swept, point.bound)}`;
    const scope = app.projects.scope(sweep.configurationPath);
    const request = { kind: "usePoint" as const, sweepFolder: folder, point: at, ...scope };
    const head = {
      what: `point ${at + 1} of ${folder}`,
      question: `Use the head of point ${at + 1}, ${bound}?`,
      verdict: point.verdict,
      start: (replace: boolean) => app.engine.start({ ...request, replace }).result,
    };
    await useHead(app, head, false);
  },
};
