/** Makes the feature tables of a checkpoint, where the configuration says how; others are files that are there. */
import path from "node:path";
import { extractByCommand } from "../features/extraction/command.ts";
import { hashFile } from "../files/hash.ts";
import type { Project } from "../project/load.ts";
import { ownFolder } from "../project/paths.ts";
import { JobError } from "./errors.ts";
import type { JobContext } from "./job.ts";

/** The run that the features are made for, when there is one: its folder keeps the log. */
export interface FeatureRun {
  readonly folder: string;
  log(line: string): void;
}

/** Runs `features.command` when this checkpoint's features are not there yet. Throws one sentence, or the signal's reason. */
export async function makeFeatures(
  project: Project,
  checkpoint: string,
  context: JobContext,
  run: FeatureRun | null,
  trusted: boolean,
): Promise<void> {
  const { command, train, validation, test, unlabeled } = project.configuration.features;
  if (!command) return;
  if (!trusted) {
    throw new JobError(
      `features.command in ${project.path} is not run, because the workspace is not trusted; trust it, or remove the command.`,
    );
  }
  const ours = path.join(project.folder, ownFolder);
  const names = [train, validation, test, unlabeled].filter((name) => name !== undefined);
  const progress = (message: string, step: number, steps: number) =>
    context.progress({ phase: "features", message, step, steps, runFolder: run?.folder ?? null });
  progress("making features", 0, 0);
  const started = performance.now();
  const ran = await extractByCommand({
    command,
    checkpoint,
    checkpointHash: await hashFile(checkpoint, context.signal),
    folder: project.folder,
    tables: [...new Set(names.map((name) => path.resolve(project.folder, name)))],
    stamp: path.join(ours, "features.json"),
    log: path.join(run?.folder ?? ours, "features.log"),
    signal: context.signal,
    onProgress: ({ message, step, steps }) => progress(message, step, steps),
    onRunning: (pid, running) => context.program(pid, running),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  run?.log(
    ran
      ? `made features in ${seconds} s: ${command.join(" ")}`
      : "the features are this checkpoint's already",
  );
}
