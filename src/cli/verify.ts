/** `selmix verify`: a certificate done again. */
import path from "node:path";
import { type JobContext, yieldToEvents } from "../engine/job.ts";
import { verifyCertificate } from "../engine/proof/verify.ts";
import { terminal, terminalLines } from "../words/escape/sinks.ts";
import type { Voice } from "./voice.ts";

/** Whether it holds. */
export async function verify(typed: string, { signal }: JobContext, voice: Voice): Promise<boolean> {
  const result = await verifyCertificate(path.resolve(typed), () => yieldToEvents(signal));
  voice.result(result, ({ paint }) =>
    terminalLines([paint(result.valid ? "green" : "red", terminal.text(result.sentence))]),
  );
  return result.valid;
}
