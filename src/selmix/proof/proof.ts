/** Whether counts prove a bound: the p-value of its weakest part, and whether any counts of so many rows could. */
import { type Counts, shareTest } from "../../statistics/binomialTest.ts";
import { meanTest } from "../../statistics/meanTest.ts";
import { pairTest, score } from "../../statistics/pairTest.ts";
import type { BoundToProve, Part } from "./part.ts";

/** Whether every value keeps a bound, whatever the head. */
function isEmpty({ kind, bound }: BoundToProve): boolean {
  return kind === "atLeast" ? bound <= 0 : bound >= 1;
}

/** The p-value of "this value is beyond the bound". */
export function partTest(part: Part, its: BoundToProve): number {
  if (part.test === "none") return 1;
  if (isEmpty(its)) return 0;
  switch (part.test) {
    case "share":
      return shareTest(part.counts, its.kind, part.bound, part.pooled);
    case "pair":
      return pairTest(part.first, part.second, part.line);
    case "mean":
      return meanTest(part.terms, part.bound);
  }
}

/** The least p-value that as many rows could have. Of what divides by predictions, as many as there are. */
export function bestTest(part: Part, its: BoundToProve): number {
  if (part.test === "none") return 1;
  const all = ({ samples }: Counts) => ({ successes: samples, samples });
  const no = ({ samples }: Counts) => ({ successes: 0, samples });
  switch (part.test) {
    case "share":
      return partTest({ ...part, counts: (its.kind === "atLeast" ? all : no)(part.counts) }, its);
    case "pair":
      if (isClear(part)) return 0;
      // Of both groups alike: a pair that one order favours is held against the other.
      return Math.min(
        ...[all, no].map((each) =>
          partTest({ ...part, first: each(part.first), second: each(part.second) }, its),
        ),
      );
    case "mean":
      return partTest({ ...part, terms: part.terms.map((term) => ({ ...term, value: term.high })) }, its);
  }
}

/** Standard errors beyond which no exact test is needed to know that some counts would prove a bound. */
const CLEAR = 6;

function isClear({ first, second, line }: Extract<Part, { test: "pair" }>): boolean {
  const none = { ...first, successes: 0 };
  return (
    Math.min(first.samples, second.samples) > 30 && score(none, { ...second, successes: 0 }, line) < -CLEAR
  );
}

/** How far a value lies inside its bound, in standard errors or what comes near them; below 0 beyond it. For orders, never for claims. */
export function safety(part: Part, its: BoundToProve): number {
  switch (part.test) {
    case "none":
      return Number.NEGATIVE_INFINITY;
    case "share": {
      const { successes, samples } = part.counts;
      const share = (successes + 0.5) / (samples + 1);
      const room =
        its.kind === "atLeast" ? successes / samples - part.bound : part.bound - successes / samples;
      return room / Math.sqrt((share * (1 - share)) / samples);
    }
    case "pair":
      return -score(part.first, part.second, part.line);
    case "mean": {
      const p = meanTest(part.terms, part.bound);
      return p < 1 ? Math.sqrt(-2 * Math.log(Math.max(p, 1e-300))) : -1;
    }
  }
}

/** A bound on rows that nothing was chosen by. */
export interface Proof {
  /** The greatest p-value of all parts. */
  readonly pValue: number;
  /** Whether some counts of so many rows could prove it. */
  readonly provable: boolean;
  /** The part with the greatest p-value; where it is not provable, one that is not. */
  readonly weakest: Part;
}

/**
 * Tests every part, those that look weakest first; once one is above the level the others are left alone. Only where one is, it is
 * asked whether other counts could have proved it.
 */
export function prove(parts: readonly Part[], its: BoundToProve, level: number): Proof {
  const [first] = parts;
  if (first === undefined) throw new RangeError("a bound is about something");
  let [weakest, pValue] = [first, 0];
  for (const part of parts.toSorted((a, b) => safety(a, its) - safety(b, its))) {
    const own = partTest(part, its);
    if (own >= pValue) [weakest, pValue] = [part, own];
    if (pValue > level) break;
  }
  const unprovable = pValue > level ? parts.find((part) => bestTest(part, its) > level) : undefined;
  if (unprovable === undefined) return { pValue, provable: true, weakest };
  return { pValue: Math.max(pValue, partTest(unprovable, its)), provable: false, weakest: unprovable };
}
