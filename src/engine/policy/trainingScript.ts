/** Writes a PyTorch script that fine-tunes the user's whole network, steered by `selmix policy`. */
import { existsSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "../../files/direct.ts";
import { readSmallText, sizeLimits } from "../../files/regular.ts";
import { createFile } from "../../files/replace.ts";
import type { ObjectiveId } from "../../metrics/catalogue.ts";
import { loadProject } from "../../project/load.ts";
import { JobError } from "../errors.ts";
import { commandLine, ownFile } from "../installation.ts";

export interface ScriptRequest {
  readonly configurationPath: string;
  readonly objective?: ObjectiveId;
}

/**
 * The template with this workspace's configuration, objective and head, and with the program that runs SelMix here.
 * Throws `JobError` rather than write over a file.
 */
export function writeTrainingScript(target: string, { configurationPath, objective }: ScriptRequest): void {
  if (existsSync(target)) throw new JobError(`${target} exists already; remove it, or name another file.`);
  const { configuration, path: configurationFile } = loadProject(configurationPath, { allowOutside: true });
  const folder = path.dirname(path.resolve(target));
  const head = configuration.head?.weight?.replace(/\.weight$/, "") ?? "fc";
  const chosen = objective ?? configuration.objective;
  // What is more than a name stays in selmix.json.
  const asked = typeof chosen === "string" ? chosen : "";
  const places: [string, string][] = [
    [`SELMIX = ["selmix"]`, `SELMIX = ${JSON.stringify([process.execPath, commandLine()])}`],
    [`"selmix.json"`, JSON.stringify(path.relative(folder, configurationFile).replaceAll(path.sep, "/"))],
    [`HEAD = "fc"`, `HEAD = ${JSON.stringify(head)}`],
    [`default="minRecall"`, `default=${JSON.stringify(asked)}`],
  ];
  const script = places.reduce(
    (text, [placeholder, value]) => text.replace(placeholder, () => value),
    readSmallText(ownFile("media/finetune.py"), sizeLimits.script),
  );
  makeFolder(folder);
  createFile(target, script);
}
