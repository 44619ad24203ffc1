/** What no schema says of an objective: that there is something to raise, and a cost for every class. */
import type { JSONPath } from "jsonc-parser";
import type { ObjectiveId } from "../metrics/catalogue.ts";
import { termsOf, type Weighted } from "../metrics/composed.ts";
import type { Configuration } from "./configuration.ts";
import type { Finding } from "./ways.ts";

export function objectiveFindings(
  { objective }: Pick<Configuration, "objective">,
  count: number | undefined,
): Finding[] {
  if (typeof objective === "string") return [];
  return "cost" in objective ? costFindings(objective.cost, count) : weightFindings(objective);
}

function weightFindings(objective: Weighted<ObjectiveId>): Finding[] {
  const path = ["objective", "weighted"];
  if (termsOf(objective).length > 0) return [];
  return [{ path, message: 'The "weighted" objective has no weight that is not 0; give a metric one.' }];
}

function costFindings(cost: readonly (readonly number[])[], count: number | undefined): Finding[] {
  const path: JSONPath = ["objective", "cost"];
  const classes = count ?? cost.length;
  if (cost.length !== classes)
    return [{ path, message: `"cost" has ${cost.length} rows for ${classes} classes; give one for each.` }];
  const uneven = cost.findIndex((row) => row.length !== classes);
  if (uneven >= 0) {
    const message = `Row ${uneven + 1} of "cost" has ${cost[uneven]?.length} numbers for ${classes} classes; give what it costs to take a sample of class ${uneven + 1} for each.`;
    return [{ path: [...path, uneven], message }];
  }
  if (cost.some((row) => new Set(row).size > 1)) return [];
  const message = 'By "cost", every prediction costs the same; let mistakes cost more than what is right.';
  return [{ path, message }];
}
