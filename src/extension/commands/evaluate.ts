/** Measures a checkpoint as it is, and judges the bounds: classes and groups before any tuning. */
import * as vscode from "vscode";
import { errorText } from "../../words/errors.ts";
import { label } from "../../words/escape/sinks.ts";
import { evaluationLines, evaluationSummary, isTroubling } from "../../words/evaluation.ts";
import { duration } from "../../words/numbers.ts";
import type { Command } from "../app.ts";
import { JobCancelled } from "../engineJob.ts";
import { commandIds } from "../ids.ts";
import { checkpointTarget, usable } from "../targets.ts";
import { fail, inform, warn } from "../tell.ts";

export const evaluate: Command = {
  id: commandIds.evaluate,
  async run(app, argument) {
    const target = await checkpointTarget(app, argument, "Evaluate Checkpoint");
    const project = target ? usable(target.project) : null;
    if (!target || !project) return;
    const name = app.projects.nameOf(project.path, target.path);
    const job = app.engine.start({
      kind: "evaluate",
      configurationPath: project.path,
      checkpoint: target.path,
      ...app.settings.asked,
      ...app.projects.scope(project.path),
    });
    app.log.info(`Evaluating ${name}.`);
    const progress = { location: vscode.ProgressLocation.Window, title: label.text(`Evaluating ${name}`) };
    try {
      const result = await vscode.window.withProgress(progress, () => job.result);
      const entry = app.checkpoints.find(target.path);
      if (entry) entry.evaluation = result.evaluation;
      app.checkpoints.touch();
      const summary = `${name}: ${evaluationSummary(result)}`;
      app.log.info(`${summary}, measured in ${duration(result.seconds)}.`);
      for (const line of evaluationLines(result)) app.log.info(`  ${line}`);
      const show = "Show Details";
      const answer = await (isTroubling(result) ? warn : inform)(summary, show);
      if (answer === show) app.log.show();
    } catch (error) {
      if (error instanceof JobCancelled) return;
      app.log.error(`Evaluating ${name} failed: ${errorText(error)}`);
      void fail(errorText(error));
    }
  },
};
