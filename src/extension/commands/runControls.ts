/** Runs the baselines on a checkpoint without tuning it: what would simpler fixes do? */

import path from "node:path";
import * as vscode from "vscode";
import { objectiveKey } from "../../metrics/composed.ts";
import { controlsMarkdown, controlsSummary } from "../../words/controls.ts";
import { errorText } from "../../words/errors.ts";
import { duration } from "../../words/numbers.ts";
import type { Command } from "../app.ts";
import { JobCancelled } from "../engineJob.ts";
import { commandIds } from "../ids.ts";
import { checkpointTarget, usable } from "../targets.ts";
import { fail, inform, whileAtWork } from "../tell.ts";
import { requireTrust } from "../trust.ts";

export const runControls: Command = {
  id: commandIds.runControls,
  async run(app, argument) {
    if (!(await requireTrust("SelMix computes nothing in a workspace that is not trusted."))) return;
    const target = await checkpointTarget(app, argument, "Run Baselines");
    const project = target ? usable(target.project) : null;
    if (!target || !project?.project) return;
    const name = app.projects.nameOf(project.path, target.path);
    const request = {
      kind: "controls" as const,
      ...{ configurationPath: project.path, checkpoint: target.path },
      ...app.settings.asked,
      ...app.projects.scope(project.path),
    };
    try {
      const result = await whileAtWork(`Baselines of ${name}`, (progress) =>
        app.engine.start(request, { progress }),
      );
      const objective = objectiveKey(project.project.configuration.objective);
      app.log.info(`Baselines of ${name} took ${duration(result.seconds)}.`);
      const show = "Show Details";
      const answer = await inform(`${name}: ${controlsSummary(result, objective)}`, show);
      if (answer !== show) return;
      const content = controlsMarkdown(path.basename(target.path), result, objective);
      const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
      await vscode.window.showTextDocument(document, { preview: true });
    } catch (error) {
      if (error instanceof JobCancelled) return;
      app.log.error(`Baselines of ${name} failed: ${errorText(error)}`);
      void fail(errorText(error));
    }
  },
};
