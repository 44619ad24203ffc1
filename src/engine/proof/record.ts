/** What rows prove of a head, as it is recorded and told: the weakest value of each bound, and what it would take to prove it. */
import type { ConstraintVerdict, ProofRecord } from "../../protocol/records.ts";
import { mostRows, needsOf } from "../../selmix/proof/need.ts";
import type { BoundToProve, Part } from "../../selmix/proof/part.ts";
import { type Proof, prove } from "../../selmix/proof/proof.ts";
import type { ProofCounts } from "../../selmix/proof/sides.ts";
import { unprovableText } from "../../words/proof.ts";
import { whoseRows } from "../problem/meantRows.ts";
import { named } from "../verdict/verdicts.ts";
import { boundsToProve, meantBy, type Provable, partsOfBounds } from "./bounds.ts";

/** A bound of a head, tested. */
export interface ProvedBound {
  readonly its: BoundToProve;
  readonly parts: readonly Part[];
  readonly proof: Proof;
}

/** Tests every bound on the counts of a head. */
export function proveBounds(prepared: Provable, counts: ProofCounts, level: number): ProvedBound[] {
  const bounds = boundsToProve(prepared.constraints);
  return partsOfBounds(counts, bounds, meantBy(prepared)).map((parts, at) => ({
    its: bounds[at],
    parts,
    proof: prove(parts, bounds[at], level),
  }));
}

/** The level of a test: the chance of a false proof that is taken. */
export function levelOf(confidence: number): number {
  return Number((1 - confidence).toPrecision(12));
}

/** Verdicts with what is proved of them. @param reached whether each bound was proved of all heads that were tested before @param likely counts of all rows there are */
export function withProofs(
  prepared: Provable,
  verdicts: readonly ConstraintVerdict[],
  proved: readonly ProvedBound[],
  reached: readonly boolean[],
  likely: ProofCounts,
): ConstraintVerdict[] {
  const { confidence = 0 } = prepared.project.configuration;
  const level = levelOf(confidence);
  const guesses = partsOfBounds(likely, boundsToProve(prepared.constraints), meantBy(prepared));
  return verdicts.map((verdict, at): ConstraintVerdict => {
    const { its, parts, proof } = proved[at];
    const { weakest, pValue, provable } = proof;
    const isProved = reached[at] && pValue <= level;
    const record: ProofRecord = {
      confidence,
      rows: prepared.proof.heldBack === null ? "certify" : "heldBack",
      pValue,
      ...named(prepared, weakest.subject),
      value: weakest.value,
      samples: samplesOf(prepared, weakest),
      reason: provable ? null : reasonOf(prepared, weakest),
      needed: isProved ? null : needed(prepared, parts, guesses[at], its, level),
    };
    const kept = provable ? "notProved" : "notProvable";
    const unproved = verdict.status === "holds" ? kept : verdict.status;
    return { ...verdict, status: isProved ? "proved" : unproved, satisfied: isProved, proof: record };
  });
}

function samplesOf(prepared: Provable, part: Part): ProofRecord["samples"] {
  const names = whoseRows(part.subject, prepared);
  const rows = sizesOf(part);
  return names.flatMap((name, at) => (rows[at] === undefined ? [] : [{ name, rows: rows[at] }]));
}

/** Rows of each side, in the order of the groups. */
function sizesOf(part: Part): number[] {
  switch (part.test) {
    case "none":
      return [];
    case "share":
      return [part.counts.samples];
    case "pair": {
      const sizes = [part.first.samples, part.second.samples];
      return part.subject.metric.endsWith("Ratio") ? sizes.reverse() : sizes;
    }
    case "mean":
      return [part.terms.reduce((sum, { count }) => sum + count, 0)];
  }
}

function reasonOf(prepared: Provable, part: Part): string {
  return unprovableText({
    why: part.test === "none" ? part.why : "tooFew",
    samples: samplesOf(prepared, part),
    who: whoseRows(part.subject, prepared),
  });
}

/** The most that any part lacks, by whose rows they are; null where more rows would not help. */
function needed(
  prepared: Provable,
  parts: readonly Part[],
  likely: readonly Part[],
  its: BoundToProve,
  level: number,
): ProofRecord["needed"] {
  const needs = needsOf(parts, likely, its, level);
  if (needs.some(({ rows }) => rows === null)) return null;
  const most = new Map<string, number>();
  for (const { part, rows } of needs) {
    whoseRows(part.subject, prepared).forEach((name, at) => {
      const wanted = rows?.[at] ?? 0;
      if (wanted > 0) most.set(name, Math.max(most.get(name) ?? 0, wanted));
    });
  }
  // Of validation's rows only a share is held back.
  const share = prepared.proof.heldBack?.share ?? 1;
  return [...most].map(([name, rows]) => ({ name, rows: Math.min(mostRows, Math.ceil(rows / share)) }));
}
