/** Measures a checkpoint as it is: recalls of every class before any tuning. */
import * as vscode from "vscode";
import type { Command } from "../app.ts";
import { JobCancelled } from "../engineProcess.ts";
import { commandIds } from "../ids.ts";
import { checkpointTarget, usable } from "../targets.ts";
import { errorText, percent } from "../words.ts";

export const evaluate: Command = {
  id: commandIds.evaluate,
  async run(app, argument) {
    const target = await checkpointTarget(app, argument, "Evaluate Checkpoint");
    const project = target ? usable(target.project) : null;
    if (!target || !project) return;
    const name = app.projects.nameOf(project.path, target.path);
    const { backend } = app.settings;
    const job = app.engine.start({
      kind: "evaluate",
      configurationPath: project.path,
      checkpoint: target.path,
      ...(backend === "auto" ? {} : { backend }),
      ...app.projects.scope(project.path),
    });
    app.log.info(`Evaluating ${name}.`);
    const progress = { location: vscode.ProgressLocation.Window, title: `Evaluating ${name}` };
    try {
      const { evaluation, classes, seconds } = await vscode.window.withProgress(progress, () => job.result);
      const entry = app.checkpoints.find(target.path);
      if (entry) entry.evaluation = evaluation;
      app.checkpoints.touch();
      const measured = evaluation.test ?? evaluation.validation;
      const split = evaluation.test ? "test" : "validation";
      const recalls = measured.recall.map((recall, bucket) => ({
        name: classes[bucket] ?? `bucket ${bucket}`,
        recall,
      }));
      const worst = recalls.reduce((a, b) => ((b.recall ?? 2) < (a.recall ?? 2) ? b : a));
      const summary = `${name}: worst class ${worst.name} ${percent(measured.minRecall)}, mean recall ${percent(measured.meanRecall)} (${split})`;
      app.log.info(`${summary}, measured in ${seconds.toFixed(2)} s.`);
      for (const one of recalls) {
        app.log.info(`  ${one.name}: ${one.recall === null ? "no samples" : percent(one.recall)}`);
      }
      const show = "Show Recalls";
      const answer = await vscode.window.showInformationMessage(summary, show);
      if (answer === show) app.log.show();
    } catch (error) {
      if (error instanceof JobCancelled) return;
      app.log.error(`Evaluating ${name} failed: ${errorText(error)}`);
      void vscode.window.showErrorMessage(errorText(error));
    }
  },
};
