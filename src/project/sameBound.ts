/** What constraints of a configuration bound: which are about the same, and which a change. */
import type { SweptBound } from "../protocol/sweep.ts";
import type { ConstraintSetting } from "./configuration.ts";

/** Whether a constraint has a bound on the same side of the same metric for the same classes and groups, at some value. */
export function isSameBound(constraint: ConstraintSetting, swept: SweptBound): boolean {
  return constraint[swept.kind] !== undefined && scopeOf(constraint) === scopeOf(swept);
}

/** Whether a constraint has a bound relative to the checkpoint. */
export function isRelativeSetting({ atLeast, atMost }: ConstraintSetting): boolean {
  return typeof atLeast === "object" || typeof atMost === "object";
}

function scopeOf({ metric, classes = [], attribute = [] }: Omit<SweptBound, "kind">): string {
  return JSON.stringify([metric, classes.map(String).toSorted(), [attribute].flat().toSorted()]);
}
