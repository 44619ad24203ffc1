/** Features by running a network: the checkpoint's own where it is one that runs here, or a backbone in a file of its own. */
import path from "node:path";
import type { Checkpoint, LinearLayer } from "../../checkpoints/checkpoint.ts";
import { findHead } from "../../checkpoints/findHead.ts";
import { formatOf, type KnownFormat, openCheckpoint } from "../../checkpoints/formats.ts";
import { type HeadLocation, readHead } from "../../checkpoints/head.ts";
import type { ExtractionProgress } from "../../features/extraction/command.ts";
import { extractByNetwork, type Network } from "../../features/extraction/network.ts";
import { openOnnxNetwork } from "../../features/extraction/onnxNetwork.ts";
import type { NetworkSettings } from "../../features/extraction/settings.ts";
import { openTfjsNetwork } from "../../features/extraction/tfjsNetwork.ts";
import { placeWithin } from "../../files/place.ts";
import type { Project } from "../../project/load.ts";
import { rememberOwn } from "../../project/ownFiles.ts";
import { reachOfProject } from "../../project/paths.ts";
import { tableFiles } from "../../project/tableFiles.ts";
import type { Head } from "../../selmix/problem.ts";
import { chooseBackend } from "../backends/index.ts";
import { JobError } from "../errors.ts";
import { bodyOf } from "./body.ts";

/** What may be run for feature tables: the workspace's programs where it is trusted, packages where the user said from where. */
export interface FeatureScope {
  readonly trusted?: boolean;
  readonly workspacePackages?: boolean;
  readonly packagePath?: string;
}

export interface NetworkJob {
  readonly project: Project;
  readonly settings: NetworkSettings;
  readonly checkpoint: string;
  /** Hash of what a checkpoint or network holds, all parts of it. */
  contentOf(file: string): Promise<string>;
  readonly stamp: string;
  readonly signal: AbortSignal;
  onProgress(progress: ExtractionProgress): void;
  readonly scope: FeatureScope;
}

/** What the checkpoint says about its own network: where the head sits in it, and the head itself. */
interface OwnNetwork {
  readonly layer: LinearLayer;
  readonly location: HeadLocation;
  readonly head: Head;
}

/** Runs the network when the tables are not there yet. Returns whether it ran. Throws one sentence, or the signal's reason. */
export async function makeByNetwork(job: NetworkJob): Promise<boolean> {
  const { project, settings, checkpoint, signal, stamp, onProgress } = job;
  const model = path.resolve(project.folder, settings.model.replace("${checkpoint}", checkpoint));
  const kind = formatOf(model)?.network ?? null;
  if (kind === null) {
    throw new JobError(
      `${model} is neither ONNX nor a .keras file nor the model.json of TF.js, so features.network cannot run it; use features.command.`,
    );
  }
  const own = model === checkpoint ? await ownNetwork(project, checkpoint) : null;
  return extractByNetwork({
    settings,
    open: () => openNetwork(job, { model, kind }, own?.layer ?? null),
    madeFrom: [await job.contentOf(model), own?.layer ?? null],
    tables: tablesOf(project, settings),
    classes: project.configuration.classes ?? null,
    head: own?.layer.isOutput || own?.layer.output !== undefined ? (own?.head ?? null) : null,
    body: own && (() => bodyOfFile(checkpoint, own.location, signal)),
    stamp,
    signal,
    gate: rememberOwn,
    onProgress,
  });
}

async function bodyOfFile(file: string, head: HeadLocation, signal: AbortSignal): Promise<string | null> {
  const checkpoint = await openCheckpoint(file);
  try {
    return await bodyOf(checkpoint, head, signal);
  } finally {
    await checkpoint.close();
  }
}

async function openNetwork(
  job: NetworkJob,
  { model, kind }: { readonly model: string; readonly kind: NonNullable<KnownFormat["network"]> },
  own: LinearLayer | null,
): Promise<Network> {
  const layer = job.settings.layer ?? null;
  if (kind === "onnx") {
    return openOnnxNetwork({
      model,
      layer: layer ?? own?.input ?? null,
      output: own?.output ?? null,
      packages: packagesOf(job),
    });
  }
  await chooseBackend({ signal: job.signal });
  return openTfjsNetwork({ model, kind, layer, headWeight: own?.weight ?? null });
}

/** Folders in whose node_modules the user lets packages be looked for. */
function packagesOf({ project, scope }: NetworkJob): string[] {
  const named = scope.packagePath ?? process.env.SELMIX_PACKAGE_PATH;
  return [...(named ? [named] : []), ...(scope.workspacePackages ? [project.folder] : [])];
}

/** The head of a checkpoint that is a network itself: the one configured, else the layer that gives its output. */
async function ownNetwork(project: Project, file: string): Promise<OwnNetwork | null> {
  const checkpoint = await openCheckpoint(file);
  try {
    const { head: named, classes } = project.configuration;
    const layers = checkpoint.linearLayers ?? [];
    const outputs = layers.filter((one) => one.isOutput);
    const weight = named?.weight;
    const layer = weight ? layers.find((one) => one.weight === weight) : (outputs[0] ?? layers.at(-1));
    if (!layer || (!weight && outputs.length > 1)) {
      throw new JobError(
        `${file} does not tell which of its layers is the head; name its weight under head.weight in ${project.path}.`,
      );
    }
    const featureSize = sizeOf(checkpoint, layer);
    const location = findHead(checkpoint, {
      featureSize,
      ...(classes && { classes: classes.length }),
      weight: layer.weight,
      ...(named?.bias !== undefined && { bias: named.bias }),
    });
    return { layer, location, head: await readHead(checkpoint, location) };
  } finally {
    await checkpoint.close();
  }
}

function sizeOf(checkpoint: Checkpoint, layer: LinearLayer): number {
  const shape = checkpoint.tensors.find((tensor) => tensor.name === layer.weight)?.shape ?? [];
  return shape[layer.layout === "rows" ? 1 : 0] ?? 0;
}

/** Each table that has samples; one without is a file that is there. */
function tablesOf(project: Project, settings: NetworkSettings) {
  const tables = tableFiles(project.configuration.features);
  const names = ["train", "unlabeled", "validation", "test", "certify"] as const;
  return names.flatMap((name) => {
    const [samples, table] = [settings.data[name], tables[name]];
    if (samples === undefined || table === undefined) return [];
    const place = placeWithin(reachOfProject(project), path.resolve(project.folder, table));
    return [{ samples: path.resolve(project.folder, samples), table: place }];
  });
}
