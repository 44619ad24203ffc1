/** Puts a head in its place: asks where its verdict is against it, and where a file that may be the user's is in the way. */
import type { UseResult } from "../protocol/engine.ts";
import type { VerdictRecord } from "../protocol/records.ts";
import { errorText } from "../words/errors.ts";
import { adviceText } from "../words/use.ts";
import type { App } from "./app.ts";
import { JobCancelled, JobFailed } from "./engineJob.ts";
import { agrees, fail, inform, warn } from "./tell.ts";

interface Head {
  /** In a sentence of the log: "point 3 of ...". */
  readonly what: string;
  /** What is asked where the verdict advises against it. */
  readonly question: string;
  readonly verdict: Pick<VerdictRecord, "decision" | "sentence"> | undefined;
  /** Asks the engine, with or without leave to replace a file that SelMix did not write. */
  start(replace: boolean): Promise<UseResult>;
}

/** Uses a head, and says what was written. @param isRun whether it was a run before; a head that becomes one is offered to be looked at */
export async function useHead(app: App, head: Head, isRun: boolean): Promise<void> {
  const against = head.verdict ? adviceText(head.verdict) : null;
  if (against !== null && !(await agrees(head.question, against, "Use It Anyway"))) return;
  const used = await started(app, head, false);
  if (used === null) return;
  app.log.info(used.sentence);
  app.runs.refresh();
  app.sweeper.touch();
  const show = "Show Recall";
  const answer = await (used.advised ? inform : warn)(used.sentence, ...(isRun ? [] : [show]));
  if (answer === show) app.panels.show("recall", [used.runFolder]);
}

/** Null where it could not be, which was said. */
async function started(app: App, head: Head, replace: boolean): Promise<UseResult | null> {
  try {
    return await head.start(replace);
  } catch (error) {
    if (error instanceof JobCancelled) return null;
    app.log.error(`Using ${head.what} failed: ${errorText(error)}`);
    const remedy = error instanceof JobFailed && error.remedy === "replace" ? ["Replace It"] : [];
    const answer = await fail(errorText(error), ...remedy);
    return answer === undefined ? null : started(app, head, true);
  }
}
