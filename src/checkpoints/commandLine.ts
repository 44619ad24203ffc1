/** Names of files within a command that the user is to type. */
import path from "node:path";

/** The last part of a path, safe between quotes of either kind: what a shell would act upon becomes _. */
export function quotable(file: string): string {
  return path.basename(file).replace(/["'\\$`]/g, "_");
}
