/** Records of a run as version 1 wrote them (SelMix 0.1.0), in the shape of today: what it did not say stays unsaid. */
import * as z from "zod";
import { recordVersion } from "./records.ts";

const versioned = z.looseObject({ version: z.int().optional() });

const verdict = z.looseObject({
  metric: z.string(),
  kind: z.enum(["atLeast", "atMost"]),
  bound: z.number(),
  satisfied: z.boolean(),
  test: z.looseObject({ value: z.number() }).nullish(),
});
const result = z.looseObject({ constraints: z.array(verdict) });

/** "coverage[shirt]": the metric and what it was about were one text, which is shown as it is. */
function presentVerdict({ test, ...old }: z.infer<typeof verdict>) {
  const about = { part: old.metric, attribute: null, classes: [], groups: [], reason: null };
  const status = (holds: boolean) => (holds ? "holds" : "missed");
  const keeps = (value: number) => (old.kind === "atLeast" ? value >= old.bound : value <= old.bound);
  return {
    ...about,
    ...old,
    status: status(old.satisfied),
    test: test ? { ...about, ...test, status: status(keeps(test.value)) } : null,
  };
}

/** A record in today's shape: as it came, unless version 1 wrote it. */
export function presentRecord(record: unknown): unknown {
  const parsed = versioned.safeParse(record);
  if (!parsed.success || (parsed.data.version ?? 1) !== 1) return record;
  const ended = result.safeParse(record);
  const constraints = ended.data?.constraints.map(presentVerdict);
  return { ...parsed.data, ...(constraints && { constraints }), version: recordVersion };
}
