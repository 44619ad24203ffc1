/** The run or sweep that is meant: by its folder, by its name as it is listed, or by how that begins. */
import path from "node:path";
import type { Reach } from "../files/place.ts";
import { listRunFolders, readRunRecord } from "../project/readRuns.ts";
import { listSweepFolders, readSweep } from "../project/sweepFolder.ts";
import { UsageError } from "./usageError.ts";

/** What may be named: which folders are some, those there are, and where they come from. */
interface Kind {
  readonly what: string;
  readonly origin: string;
  is(folder: string): boolean;
  list(configurationFolder: string, reach?: Reach): string[];
}

const runs: Kind = {
  what: "run",
  origin: '"selmix runs" lists those that are there',
  is: (folder) => readRunRecord(folder) !== null,
  list: listRunFolders,
};
const sweeps: Kind = {
  what: "sweep",
  origin: '"selmix sweep" makes one',
  is: (folder) => readSweep(folder) !== null,
  list: listSweepFolders,
};

/** The folder of the run. Throws `UsageError` where there is none of the name, or more than one. */
export function runNamed(typed: string, configurationPath: string, reach?: Reach): string {
  return folderNamed(runs, typed, configurationPath, reach);
}

/** The folder of the sweep; see `runNamed`. */
export function sweepNamed(typed: string, configurationPath: string, reach?: Reach): string {
  return folderNamed(sweeps, typed, configurationPath, reach);
}

function folderNamed(
  { what, origin, is, list }: Kind,
  typed: string,
  configurationPath: string,
  reach?: Reach,
): string {
  const here = path.resolve(typed);
  if (is(here)) return here;
  const folders = list(path.dirname(configurationPath), reach);
  const name = path.basename(typed);
  const exact = folders.find((folder) => path.basename(folder) === name);
  const beginning = folders.filter((folder) => path.basename(folder).startsWith(name));
  const [found, other] = exact ? [exact] : beginning;
  if (found === undefined || name === "")
    throw new UsageError(`There is no ${what} ${typed} beside ${configurationPath}; ${origin}.`);
  if (other !== undefined) {
    const names = [found, other].map((folder) => path.basename(folder)).join(" and ");
    throw new UsageError(
      `${beginning.length} ${what}s begin with ${typed}, such as ${names}; say more of the name.`,
    );
  }
  return found;
}
