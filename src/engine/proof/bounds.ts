/** The bounds of a configuration on the rows that prove them. */
import { boundKinds } from "../../metrics/catalogue.ts";
import { byAttribute } from "../../selmix/confusion/attribute.ts";
import type { Constraint } from "../../selmix/confusion/constraints.ts";
import { countPredictions } from "../../selmix/confusion/tallies.ts";
import type { BoundToProve, Meant, Part } from "../../selmix/proof/part.ts";
import { partsOf } from "../../selmix/proof/parts.ts";
import { type ProofCounts, sidesOf } from "../../selmix/proof/sides.ts";
import type { ProofRows } from "../problem/heldBack.ts";
import type { Prepared } from "../problem/prepare.ts";

/** A prepared problem with rows that prove bounds. */
export type Provable = Prepared & { readonly proof: ProofRows };

/** Every bound of every constraint, in the order of verdicts. */
export function boundsToProve(constraints: readonly Constraint[]): BoundToProve[] {
  return constraints.flatMap(({ metric, classes, attribute, ...bounds }) =>
    boundKinds.flatMap((kind) => {
      const bound = bounds[kind];
      // What is relative to the checkpoint is not proved: `proofFindings` says so.
      return typeof bound !== "number"
        ? []
        : [{ metric, kind, bound, ...(classes && { classes }), ...(attribute && { attribute }) }];
    }),
  );
}

/** Whom the rows stand for. */
export function meantBy({ isHead, proof: { shares, unlike } }: Provable): Meant {
  return { isHead, shares, unlike };
}

/** What a head's predictions of the rows that prove bounds come to. */
export function proofCounts(
  { proof: { cells, cellOf }, problem: { classes } }: Provable,
  predictions: Int32Array,
): ProofCounts {
  return { cells, classes, counts: countPredictions(predictions, cellOf, cells.length, classes) };
}

/** The parts of each bound, in their order. */
export function partsOfBounds(counts: ProofCounts, bounds: readonly BoundToProve[], meant: Meant): Part[][] {
  const own = sidesOf(counts);
  return bounds.map((bound) => {
    const { attribute } = bound;
    if (attribute === undefined) return partsOf(own, bound, meant);
    const sides = sidesOf({ ...counts, cells: byAttribute(counts.cells, attribute) });
    return partsOf(sides, bound, meant).map(
      (part): Part => ({ ...part, subject: { ...part.subject, attribute } }),
    );
  });
}
