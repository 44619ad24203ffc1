/** What a configuration that asks for proofs cannot have. */
import type { JSONPath } from "jsonc-parser";
import type { Configuration } from "./configuration.ts";
import { isRelativeSetting } from "./sameBound.ts";

/** What a proof needs, and what is of no use without one. */
export function proofFindings({
  confidence,
  features,
  tuning,
  groupsAtPrediction,
  head,
  constraints,
}: Configuration): { readonly path: JSONPath; readonly message: string }[] {
  if (confidence === undefined) {
    if (features.certify === undefined) return [];
    const message =
      '"certify" names rows to prove bounds by, and no proof is asked for; add "confidence": 0.95, or remove "certify".';
    return [{ path: ["features", "certify"], message }];
  }
  if (tuning.train === "all") {
    const message =
      '"confidence" proves the bounds of a head that is tuned alone; set "train" to "head", or remove "confidence".';
    return [{ path: ["confidence"], message }];
  }
  const relative = constraints.findIndex(isRelativeSetting);
  if (relative >= 0) {
    const message =
      '"confidence" proves bounds by the head and a table alone, and this one is relative to the checkpoint; bound it by a number, or remove "confidence".';
    return [{ path: ["constraints", relative], message }];
  }
  if (groupsAtPrediction) {
    const message =
      '"confidence" proves the bounds of a head that is not told the group; remove "groupsAtPrediction", or "confidence".';
    return [{ path: ["confidence"], message }];
  }
  if (head?.kind === "cosine") {
    const message =
      '"confidence" proves the bounds of linear heads, and this one is cosine; remove "kind", or "confidence".';
    return [{ path: ["confidence"], message }];
  }
  return [];
}
