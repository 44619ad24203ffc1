/** Chooses which tensor of a checkpoint is the head, among those that fit; written to selmix.json. */
import path from "node:path";
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { checkpointTarget, usable } from "../targets.ts";
import { fail, pick } from "../tell.ts";

export const selectHead: Command = {
  id: commandIds.selectHead,
  async run(app, argument) {
    const target = await checkpointTarget(app, argument, "Select Head");
    const project = target && usable(target.project);
    if (!target || !project) return;
    const { head, headProblem, candidates } = await app.engine.start({
      kind: "inspect",
      checkpoint: target.path,
      configurationPath: project.path,
      ...app.projects.scope(project.path),
    }).result;
    if (candidates.length === 0) {
      void fail(headProblem ?? "No tensor fits the features and labels.");
      return;
    }
    const named = project.project?.configuration.head !== undefined;
    const found = {
      icon: "search",
      label: "Found by SelMix",
      description: "by shape, names and position",
      value: undefined,
    };
    const items = candidates.map(({ weight, bias, classes, size }) => ({
      label: weight,
      description: `${classes} × ${size}, ${bias === null ? "without a bias" : `bias ${bias}`}`,
      ...(head?.weight === weight && { detail: `Chosen now: ${head.reason}` }),
      value: { weight, bias },
    }));
    const picked = await pick(named ? [found, ...items] : items, {
      title: "Select Head",
      placeHolder: `The last linear layer of ${path.basename(target.path)}`,
    });
    if (picked) await app.projects.edit(project, [{ path: ["head"], value: picked.value }]);
  },
};
