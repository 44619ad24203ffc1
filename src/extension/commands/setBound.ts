/** Writes the bound of a point of a sweep into selmix.json, in the place of the one that it was swept for. */
import { isSameBound } from "../../project/sameBound.ts";
import { readSweep } from "../../project/sweepFolder.ts";
import { sweptBoundText, sweptName } from "../../words/sweep.ts";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { usable } from "../targets.ts";
import { inform } from "../tell.ts";

export const setBound: Command = {
  id: commandIds.setBound,
  async run(app, folder, at) {
    if (typeof folder !== "string" || typeof at !== "number") return;
    const sweep = readSweep(folder);
    const point = sweep?.points[at];
    if (!sweep || !point) return;
    const project = usable(app.projects.find(sweep.configurationPath));
    const constraints = project?.project?.configuration.constraints;
    if (!project || !constraints) return;
    const { kind, ...about } = sweep.swept;
    const own = constraints.findIndex((constraint) => isSameBound(constraint, sweep.swept));
    const edit =
      own >= 0
        ? { path: ["constraints", own, kind], value: point.bound }
        : constraints.length === 0
          ? { path: ["constraints"], value: [{ ...about, [kind]: point.bound }] }
          : { path: ["constraints", -1], value: { ...about, [kind]: point.bound } };
    await app.projects.edit(project, [edit]);
    const tune = "Tune";
    const bound = `${sweptName(sweep.swept)} ${sweptBoundText(sweep.swept, point.bound)}`;
    const answer = await inform(`${project.name} asks for ${bound} now.`, tune);
    // What a record says may be of somebody else: only what is followed is tuned, the newest otherwise.
    const checkpoint = app.checkpoints.find(sweep.checkpoint)?.path ?? null;
    if (answer === tune) await app.tuner.tune(project, checkpoint, "user");
  },
};
