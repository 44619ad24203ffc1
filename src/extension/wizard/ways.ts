/** Ways to features where there are no tables: what lies in the workspace can be run, or the user has a program. Pure. */
import path from "node:path";
import { formatOf } from "../../checkpoints/formats.ts";
import { exportScriptName } from "../../project/exportScripts/index.ts";
import type { NewFeatures, TableRole } from "./newConfiguration.ts";
import type { FoundSet } from "./suggest.ts";

/** A script that writes feature tables, as far as its text says which. */
export interface FoundScript {
  readonly file: string;
  readonly roles: readonly TableRole[];
  readonly ending: string;
}

/** What a workspace offers besides tables. Files are relative to it, with forward slashes. */
export interface Ingredients {
  /** Globs that were chosen as the checkpoints. */
  readonly checkpoints: readonly string[];
  /** Networks that can be run here, newest first. */
  readonly networks: readonly string[];
  readonly samples: readonly FoundSet[];
  readonly scripts: readonly FoundScript[];
  /** Ending of the tables that the script which SelMix would insert writes. */
  readonly ending: string;
}

export interface Way {
  readonly label: string;
  readonly detail: string;
  /** A network needs its samples chosen; for all else, what stands in selmix.json. */
  readonly makes: { readonly network: string | null } | NewFeatures;
}

/** Whether a file or glob is of a format that can be run here: ONNX, Keras, or a TF.js layers model. */
export function isNetwork(file: string): boolean {
  return formatOf(file)?.network != null;
}

/** All ways, the one that asks least of the user first. */
export function waysToFeatures({ checkpoints, networks, samples, scripts, ending }: Ingredients): Way[] {
  const ways: Way[] = [];
  const own = checkpoints.every(isNetwork);
  const network = own ? null : networks[0];
  const isFound = samples.filter(({ classes }) => classes !== null).length > 1;
  if (network !== undefined && isFound) {
    const names = samples.slice(0, 3).map(({ file }) => file);
    const onThem = `Runs on ${names.join(", ")}${samples.length > 3 ? " …" : ""}`;
    ways.push(networkWay(network, own, "the samples", onThem));
  }
  for (const { file, roles, ending: written } of scripts) {
    ways.push({
      label: `Run ${path.posix.basename(file)}`,
      detail: `${file} writes the tables of a checkpoint before each tune.`,
      makes: commandFeatures(file, roles, written),
    });
  }
  if (scripts.length === 0) {
    ways.push({
      label: "Write a script that exports them",
      detail: "SelMix fills a Python script in for this checkpoint; you put in your network and your data.",
      makes: commandFeatures(exportScriptName, ["train", "validation", "test"], ending),
    });
  }
  if (network !== undefined && !isFound)
    ways.push(networkWay(network, own, "samples that you show", "They may be arrays, or folders of images."));
  return ways;
}

/** @param network null for the checkpoint itself */
function networkWay(network: string | null, own: boolean, on: string, detail: string): Way {
  const what = own ? "the checkpoint" : path.posix.basename(network ?? "");
  return { label: `Run ${what} on ${on}`, detail: `Needs no Python. ${detail}`, makes: { network } };
}

function commandFeatures(script: string, roles: readonly TableRole[], ending: string): NewFeatures {
  const table = (role: TableRole) => `features/${role}${ending}`;
  return {
    tables: {
      train: table("train"),
      validation: table("validation"),
      ...Object.fromEntries(roles.map((role) => [role, table(role)])),
    },
    madeBy: { kind: "command", command: ["python", script, "${checkpoint}", "${featuresDir}"] },
  };
}

/** Which tables a script's text speaks of: train and validation always, the others where they are named. */
export function scriptTables(text: string): Omit<FoundScript, "file"> {
  return {
    roles: [
      "train",
      "validation",
      ...(/["']test\b/.test(text) ? (["test"] as const) : []),
      ...(/["']unlabeled\b/.test(text) ? (["unlabeled"] as const) : []),
    ],
    ending: /\.npz\b|\bsavez/.test(text) ? ".npz" : ".safetensors",
  };
}
