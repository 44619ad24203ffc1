/** Puts a head in its place, and asks where a file that may be the user's is in the way. */
import type { UseResult } from "../protocol/engine.ts";
import { errorText } from "../words/errors.ts";
import type { App } from "./app.ts";
import { JobCancelled, JobFailed } from "./engineJob.ts";
import { fail } from "./tell.ts";

/**
 * Null where it could not be, which was said.
 * @param what the head, in a sentence of the log
 * @param start asks the engine, with or without leave to replace a file that SelMix did not write
 */
export async function useHead(
  { log }: Pick<App, "log">,
  what: string,
  start: (replace: boolean) => Promise<UseResult>,
  replace = false,
): Promise<UseResult | null> {
  try {
    return await start(replace);
  } catch (error) {
    if (error instanceof JobCancelled) return null;
    log.error(`Using ${what} failed: ${errorText(error)}`);
    const remedy = error instanceof JobFailed && error.remedy === "replace" ? ["Replace It"] : [];
    const answer = await fail(errorText(error), ...remedy);
    return answer === undefined ? null : useHead({ log }, what, start, true);
  }
}
