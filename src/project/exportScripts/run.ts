import path from "node:path";
import type { Configuration } from "../configuration.ts";
import type { ConfigurationEdit } from "../edit.ts";
import { type ExportKind, exportKinds } from "./index.ts";

/**
 * Changes to selmix.json so that a script of ours runs before each tune: the command, in the place of a network, and the names of
 * the tables that it writes where they are others. `script` is relative to the configuration; `python` runs it.
 */
export function editsToRun(
  features: Configuration["features"],
  script: string,
  kind: ExportKind,
  python = "python",
): ConfigurationEdit[] {
  const ending = exportKinds.find((one) => one.kind === kind)?.tables ?? "";
  const names = (["train", "validation", "test"] as const).flatMap((role) => {
    const table = features[role];
    const written = `${role}${ending}`;
    if (table === undefined || path.posix.basename(table) === written) return [];
    return [{ path: ["features", role], value: path.posix.join(path.posix.dirname(table), written) }];
  });
  return [
    { path: ["features", "command"], value: [python, script, "${checkpoint}", "${featuresDir}"] },
    ...(features.network ? [{ path: ["features", "network"], value: undefined }] : []),
    ...names,
  ];
}
