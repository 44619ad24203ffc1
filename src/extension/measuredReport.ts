/** What the newest checkpoint reaches on validation, where that is small work: for questions that are answered better with it. */
import * as vscode from "vscode";
import type { SetReport } from "../protocol/evaluation.ts";
import type { App } from "./app.ts";
import type { OpenProject } from "./projects.ts";

/** What is said while a project is measured. */
export function measuringText({ project }: OpenProject): string {
  const isOfScores = project?.configuration.checkpoints.length === 0;
  return isOfScores ? "Measuring the scores" : "Measuring the newest checkpoint";
}

/** Null where it may not be measured without being asked, or the user does not wait for it. */
export async function measuredReport(app: App, project: OpenProject): Promise<SetReport | null> {
  const entry = app.checkpoints.of(project.path)[0];
  if (!entry) return null;
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: measuringText(project),
    cancellable: true,
  };
  return vscode.window.withProgress(options, (_, token) => {
    const givenUp = new Promise<null>((resolve) => token.onCancellationRequested(() => resolve(null)));
    return Promise.race([app.baselines.validationOf(project, entry), givenUp]);
  });
}
