/** What a configuration that asks for proofs cannot have. */
import type { JSONPath } from "jsonc-parser";
import type { Configuration } from "./configuration.ts";

/** What a proof needs, and what is of no use without one. */
export function proofFindings({
  confidence,
  features,
  tuning,
  groupsAtPrediction,
  head,
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
