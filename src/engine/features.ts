/** Makes the feature tables of a checkpoint, where the configuration says how; others are files that are there. */
import path from "node:path";
import { type ExtractionProgress, extractByCommand } from "../features/extraction/command.ts";
import type { Project } from "../project/load.ts";
import { ownFolder } from "../project/paths.ts";
import { readContent } from "../watching/content.ts";
import { JobError } from "./errors.ts";
import type { JobContext } from "./job.ts";
import type { NetworkJob } from "./networkFeatures.ts";

/** The run that the features are made for, when there is one: its folder keeps the log. */
export interface FeatureRun {
  readonly folder: string;
  log(line: string): void;
}

/**
 * Runs `features.command` or `features.network` when this checkpoint's features are not there yet: those of the same `content`,
 * its hash, which is asked for only then. Throws one sentence, or the signal's reason.
 */
export async function makeFeatures(
  project: Project,
  checkpoint: string,
  content: () => Promise<string>,
  context: JobContext,
  run: FeatureRun | null,
  trusted: boolean,
): Promise<void> {
  const { command, network } = project.configuration.features;
  const way = command ? "features.command" : "features.network";
  if (!command && !network) return;
  if (!trusted) {
    throw new JobError(
      `${way} in ${project.path} is not run, because the workspace is not trusted; trust it, or remove ${way}.`,
    );
  }
  const ours = path.join(project.folder, ownFolder);
  const { signal } = context;
  const onProgress = ({ message, step, steps }: ExtractionProgress) =>
    context.progress({ phase: "features", message, step, steps, runFolder: run?.folder ?? null });
  onProgress({ message: "making features", step: 0, steps: 0 });
  const started = performance.now();
  const stamp = path.join(ours, "features.json");
  const contentOf = async (file: string) =>
    file === checkpoint ? content() : (await readContent(file, { signal })).hash;
  const ran = network
    ? await byNetwork({ project, settings: network, checkpoint, contentOf, stamp, signal, onProgress })
    : await extractByCommand({
        command: command ?? [],
        checkpoint,
        content: await content(),
        folder: project.folder,
        tables: tablesOf(project),
        stamp,
        log: path.join(run?.folder ?? ours, "features.log"),
        signal,
        onProgress,
        onRunning: (pid, running) => context.program(pid, running),
      });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  run?.log(
    ran ? `made features by ${way} in ${seconds} s` : "the features that are there are this checkpoint's",
  );
}

/** What runs networks and decodes images is loaded when it is asked for: others need not wait for it. */
async function byNetwork(job: NetworkJob): Promise<boolean> {
  const { makeByNetwork } = await import("./networkFeatures.ts");
  return makeByNetwork(job);
}

function tablesOf(project: Project): string[] {
  const { train, validation, test, unlabeled } = project.configuration.features;
  const names = [train, validation, test, unlabeled].filter((name) => name !== undefined);
  return [...new Set(names.map((name) => path.resolve(project.folder, name)))];
}
