/** Goes through the values of a bound, and shows what each costs: a bound that is asked for, or one of the configuration's. */
import type { ConstraintSetting } from "../../project/configuration.ts";
import type { SweptBound } from "../../protocol/sweep.ts";
import type { Command } from "../app.ts";
import { askBound, askedAbout, sideOf } from "../constraintForm.ts";
import { commandIds } from "../ids.ts";
import { measuredReport } from "../measuredReport.ts";
import { usableProject } from "../targets.ts";
import { inform } from "../tell.ts";
import { requireTrust } from "../trust.ts";

export const sweepBound: Command = {
  id: commandIds.sweepBound,
  async run(app, argument) {
    if (!(await requireTrust("SelMix computes nothing in a workspace that is not trusted."))) return;
    const project = usableProject(app);
    const configuration = project?.project?.configuration;
    if (!project || !configuration) return;
    const { sweeper, checkpoints, panels } = app;
    if (sweeper.active !== null) {
      panels.showFrontier();
      void inform("A sweep is at work; wait for its end, or stop it.");
      return;
    }
    const constraint = typeof argument === "number" ? configuration.constraints[argument] : undefined;
    const swept = constraint
      ? boundOf(constraint)
      : await askBound(askedAbout("Sweep a Bound", configuration, await measuredReport(app, project)));
    if (!swept) return;
    panels.showFrontier();
    await sweeper.sweep(project, checkpoints.of(project.path)[0]?.path ?? null, swept);
  },
};

/** What a constraint bounds, without its value. */
function boundOf(constraint: ConstraintSetting): SweptBound {
  const { atLeast: _, atMost: __, ...about } = constraint;
  return { ...about, kind: sideOf(constraint) };
}
