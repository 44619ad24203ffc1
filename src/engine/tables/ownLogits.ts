/** Tables that say what their checkpoint made of some rows: its head has to give the same for their features. */
import { type Disagreement, disagreementOf } from "../../features/extraction/logits.ts";
import { onSphere, unitRows } from "../../selmix/heads/sphere.ts";
import { type Head, rowsInMemory } from "../../selmix/problem.ts";
import { JobError } from "../errors.ts";
import { type NumberedTable, type Tables, tableRoles } from "./tables.ts";

/** Multiply-adds spent on a table. */
const mostWork = 2e8;

/**
 * Holds the head against the logits that tables carry.
 * @throws JobError saying which table disagrees, and what is likely wrong
 */
export function requireOwnLogits(head: Head, tables: Tables, checkpoint: string): void {
  for (const table of new Set(tableRoles.map((role) => tables[role]))) {
    const rows = table && sampleOf(head, table);
    if (!rows) continue;
    const { features, outputs } = rows;
    if (head.rowLength !== undefined && agreesUpToScale(head, features, outputs)) continue;
    const wrong = disagreementOf(head, features, outputs);
    if (wrong === null) continue;
    const scale = wrong === "other" ? cosineScale(head, features, outputs) : null;
    throw new JobError(
      `The head of ${checkpoint} gives other logits for the features of ${table.path} than stand there: ${scale === null ? likely[wrong] : cosineSentence(scale)}.`,
    );
  }
}

/** Cosines differ from those of a table by rounding only. */
const tolerance = 2e-3;

/** Whether a cosine head gives the outputs but for one factor: networks return cosines, and their loss multiplies them. */
function agreesUpToScale(head: Head, features: Float32Array, outputs: Float32Array): boolean {
  return cosineScale(head, features, outputs) !== null;
}

/** What the cosines of weights and features would have to be multiplied by to give the outputs; null where nothing does. */
function cosineScale(head: Head, features: Float32Array, outputs: Float32Array): number | null {
  const { classes, size } = head;
  const count = features.length / size;
  if (head.bias !== null || outputs.length !== count * classes) return null;
  const { weight } = onSphere({ ...head, rowLength: 1 });
  const unit = new Float32Array(features.length);
  unitRows(rowsInMemory(features, size)).read(0, count, unit, 0);
  const cosines = Float64Array.from(outputs, (_, at) => {
    const [row, k] = [Math.floor(at / classes), at % classes];
    let sum = 0;
    for (let i = 0; i < size; i++) sum += (unit[row * size + i] ?? 0) * (weight[k * size + i] ?? 0);
    return sum;
  });
  let [product, square] = [0, 0];
  cosines.forEach((cosine, at) => {
    product += cosine * (outputs[at] ?? 0);
    square += cosine * cosine;
  });
  const scale = square > 0 ? product / square : 0;
  const largest = outputs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const fits = cosines.every(
    (cosine, at) => Math.abs(scale * cosine - (outputs[at] ?? 0)) <= tolerance * largest,
  );
  return scale > 0 && fits ? scale : null;
}

function cosineSentence(scale: number): string {
  const rounded = Number(scale.toPrecision(3));
  const told = rounded === 1 ? "the scale that the loss multiplies by" : `"scale": ${rounded}`;
  return `they are cosines of the two, so this is a cosine head; set "kind": "cosine" under "head" in selmix.json, and ${told}`;
}

const likely: Record<Disagreement, string> = {
  shape:
    "there are not as many as the head has classes; export features and logits again with this checkpoint",
  relu: "the head sees these features after a ReLU; export what comes behind it",
  bias: 'the network does not add the bias that was found; set "head": { "bias": null } beside its weight, or name the right one',
  other:
    "the features come from another layer or another checkpoint; export features and logits again with this checkpoint, from the layer before its last",
};

/** Some rows that have outputs of the network beside their features. */
function sampleOf(head: Head, { rows, logits }: NumberedTable) {
  if (!logits) return null;
  const affordable = Math.max(1, Math.floor(mostWork / (head.size * head.classes)));
  const count = Math.min(rows.count, logits.count, affordable);
  const features = new Float32Array(count * rows.size);
  rows.read(0, count, features, 0);
  const outputs = new Float32Array(count * logits.size);
  logits.read(0, count, outputs, 0);
  return { features, outputs };
}
