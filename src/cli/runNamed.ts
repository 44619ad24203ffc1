/** The run that is meant: by its folder, by its name as `selmix runs` lists it, or by how that begins. */
import path from "node:path";
import type { Reach } from "../files/place.ts";
import { listRunFolders, readRunRecord } from "../project/readRuns.ts";
import { UsageError } from "./usageError.ts";

/** The folder of the run. Throws `UsageError` where there is none of the name, or more than one. */
export function runNamed(typed: string, configurationPath: string, reach?: Reach): string {
  const here = path.resolve(typed);
  if (readRunRecord(here)) return here;
  const folders = listRunFolders(path.dirname(configurationPath), reach);
  const name = path.basename(typed);
  const exact = folders.find((folder) => path.basename(folder) === name);
  const beginning = folders.filter((folder) => path.basename(folder).startsWith(name));
  const [found, other] = exact ? [exact] : beginning;
  if (found === undefined || name === "") {
    throw new UsageError(
      `There is no run ${typed} beside ${configurationPath}; "selmix runs" lists those that are there.`,
    );
  }
  if (other !== undefined) {
    const names = [found, other].map((folder) => path.basename(folder)).join(" and ");
    throw new UsageError(
      `${beginning.length} runs begin with ${typed}, such as ${names}; say more of the name.`,
    );
  }
  return found;
}
