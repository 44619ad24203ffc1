/** Tables that say what their checkpoint made of some rows: its head has to give the same for their features. */
import { type Disagreement, disagreementOf } from "../features/extraction/logits.ts";
import type { Head } from "../selmix/problem.ts";
import { JobError } from "./errors.ts";
import { type NumberedTable, type Tables, tableRoles } from "./tables.ts";

/** Multiply-adds spent on a table. */
const mostWork = 2e8;

/**
 * Holds the head against the logits that tables carry.
 * @throws JobError saying which table disagrees, and what is likely wrong
 */
export function requireOwnLogits(head: Head, tables: Tables, checkpoint: string): void {
  for (const table of new Set(tableRoles.map((role) => tables[role]))) {
    const wrong = table && disagreement(head, table);
    if (!wrong) continue;
    throw new JobError(
      `The head of ${checkpoint} gives other logits for the features of ${table.path} than stand there: ${likely[wrong]}.`,
    );
  }
}

const likely: Record<Disagreement, string> = {
  shape:
    "there are not as many as the head has classes; export features and logits again with this checkpoint",
  relu: "the head sees these features after a ReLU; export what comes behind it",
  bias: 'the network does not add the bias that was found; set "head": { "bias": null } beside its weight, or name the right one',
  other:
    "the features come from another layer or another checkpoint; export features and logits again with this checkpoint, from the layer before its last",
};

function disagreement(head: Head, { rows, logits }: NumberedTable): Disagreement | null {
  if (!logits) return null;
  const affordable = Math.max(1, Math.floor(mostWork / (head.size * head.classes)));
  const count = Math.min(rows.count, logits.count, affordable);
  const features = new Float32Array(count * rows.size);
  rows.read(0, count, features, 0);
  const outputs = new Float32Array(count * logits.size);
  logits.read(0, count, outputs, 0);
  return disagreementOf(head, features, outputs);
}
