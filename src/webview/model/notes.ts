import type { RunSnapshot } from "../../protocol/panels.ts";
import { verdictSentence } from "../../words/constraints.ts";
import { backendText, provenance, purposeText } from "../../words/runs.ts";

/** Checkpoint, purpose, start, kept head, audit, backend, time and constraints of a run. */
export function notes({ run, result }: RunSnapshot): string[] {
  const known =
    result === null
      ? run.backend && [{ lead: "Backend", text: backendText(run.backend) }]
      : [
          { lead: "Tuned copy", text: result.output ?? "none was written" },
          ...provenance(result),
          ...result.constraints.map((verdict) => ({ lead: "Constraint", text: verdictSentence(verdict) })),
        ];
  const facts = [
    { lead: "Checkpoint", text: run.checkpoint },
    { lead: "Tuned", text: purposeText(run) },
    ...(known ?? []),
  ];
  return facts.map(({ lead, text }) => `${lead}: ${text}`);
}
