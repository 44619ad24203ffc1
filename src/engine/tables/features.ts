/** Makes the feature tables of a checkpoint, where the configuration says how; others are files that are there. */
import { statSync } from "node:fs";
import path from "node:path";
import { type ExtractionProgress, extractByCommand } from "../../features/extraction/command.ts";
import { hashFile } from "../../files/hash.ts";
import { placeWithin } from "../../files/place.ts";
import type { Project } from "../../project/load.ts";
import { rememberOwn } from "../../project/ownFiles.ts";
import { ownFolder, reachOfProject } from "../../project/paths.ts";
import { tablesOf } from "../../project/tables.ts";
import { readContent } from "../../watching/content.ts";
import { duration } from "../../words/numbers.ts";
import { JobError } from "../errors.ts";
import type { JobContext } from "../job.ts";
import type { FeatureScope, NetworkJob } from "./networkFeatures.ts";
import { tableOptions } from "./tables.ts";

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
  scope: FeatureScope,
): Promise<void> {
  const { command, network } = project.configuration.features;
  const way = command ? "features.command" : "features.network";
  if (!command && !network) return;
  if (!scope.trusted) {
    throw new JobError(
      `${way} in ${project.path} is not run, because the workspace is not trusted; trust it, or remove ${way}.`,
    );
  }
  const reach = reachOfProject(project);
  const ours = path.dirname(placeWithin(reach, path.join(project.folder, ownFolder, "features.json")));
  const { signal } = context;
  const onProgress = ({ message, step, steps }: ExtractionProgress) =>
    context.progress({ phase: "features", message, step, steps, runFolder: run?.folder ?? null });
  onProgress({ message: "making features", step: 0, steps: 0 });
  const started = performance.now();
  const stamp = path.join(ours, "features.json");
  const contentOf = async (file: string) =>
    file === checkpoint ? content() : (await readContent(file, { signal })).hash;
  const ran = network
    ? await byNetwork({ project, settings: network, checkpoint, contentOf, stamp, signal, onProgress, scope })
    : await extractByCommand({
        command: command ?? [],
        checkpoint,
        content: await content(),
        folder: project.folder,
        tables: tablesOf(project).map((table) => placeWithin(reach, table)),
        onWritten: (tables) => rememberTables(tables, signal),
        onLeft: (names) =>
          run?.log(`features.command also wrote ${names.join(", ")}, which no table is called; not kept`),
        opening: tableOptions(project, scope),
        stamp,
        log: path.join(run?.folder ?? ours, "features.log"),
        signal,
        onProgress,
        onRunning: (pid, running) => context.program(pid, running),
      });
  const took = duration((performance.now() - started) / 1000);
  run?.log(ran ? `made features by ${way} in ${took}` : "the features that are there are this checkpoint's");
}

/** What runs networks and decodes images is loaded when it is asked for: others need not wait for it. */
async function byNetwork(job: NetworkJob): Promise<boolean> {
  const { makeByNetwork } = await import("./networkFeatures.ts");
  return makeByNetwork(job);
}

/** Tables that are single files are ours from now on. */
async function rememberTables(tables: readonly string[], signal: AbortSignal): Promise<void> {
  for (const table of tables) {
    const isFile = statSync(table, { throwIfNoEntry: false })?.isFile();
    if (isFile) rememberOwn([{ path: table, sha256: await hashFile(table, signal) }]);
  }
}
