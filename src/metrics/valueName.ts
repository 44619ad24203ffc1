/** What a value of a metric is about, in words. */
import { shortName } from "./catalogue.ts";

interface About {
  readonly metric: string;
  readonly part: string;
  readonly classes: readonly string[];
  readonly groups: readonly string[];
}

/** "coverage of shirt", "equalized odds (recall difference) of eel, outdoors against indoors". */
export function valueName({ metric, part, classes, groups }: About): string {
  const name = part === metric ? shortName(metric) : `${shortName(metric)} (${shortName(part)})`;
  const who = classes.length === 0 ? "" : ` of ${classes.join(", ")}`;
  const where = groups.length === 1 ? ` in ${groups[0]}` : `, ${groups.join(" against ")}`;
  return `${name}${who}${groups.length === 0 ? "" : where}`;
}
