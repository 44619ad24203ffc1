/** What is said where a run is used against its verdict, or discarded. */
import { expect, it } from "vitest";
import type { VerdictRecord } from "../../src/protocol/records.ts";
import {
  discardedText,
  isInPlace,
  keepsHead,
  nextSteps,
  standingText,
  usedText,
} from "../../src/words/use.ts";

const balance = {
  gain: { metric: "minRecall", before: 0.3, after: 0.5, change: 0.2, low: 0.1, high: 0.3 },
  price: null,
  accuracy: { before: 0.8, after: 0.8 },
};
const verdict: VerdictRecord = {
  ...{ decision: "use", reason: "better", baseline: null, trained: true },
  ...{ sentence: "The line.", set: "test", ...balance, closest: null },
};
const used = (change: Partial<VerdictRecord>) =>
  usedText({ run: "r", output: "/o.pt", verdict: { ...verdict, ...change } });

it("names the head, and what the verdict says against it", () => {
  expect(used({})).toBe("Wrote /o.pt: the trained head, of r.");
  expect(used({ decision: "useBaseline", baseline: "tunedBias" })).toBe(
    "Wrote /o.pt: the head of tuned bias, of r.",
  );
  const against = "The verdict advises against it: The line.";
  expect(used({ decision: "cannotTell", reason: "notBetter" })).toBe(
    `Wrote /o.pt: the trained head, of r. ${against}`,
  );
  const closest = { baseline: "logitAdjustment", ...balance, constraints: [] };
  expect(used({ decision: "doNotUse", reason: "nothingFeasible", closest })).toBe(
    `Wrote /o.pt: the head of logit adjustment, which comes closest to the bounds, of r. ${against}`,
  );
});

it("knows where a run kept no head but the checkpoint's", () => {
  const closest = { baseline: null, ...balance, constraints: [] };
  const of = (reason: VerdictRecord["reason"], change: Partial<VerdictRecord> = {}) =>
    keepsHead({ ...verdict, reason, ...change });
  expect([of("nothingFeasible", { closest }), of("harmful"), of("notBetter")]).toEqual([true, true, true]);
  expect([of("nothingFeasible"), of("onlyCheckpoint"), of("nothingBetter")]).toEqual([false, false, false]);
});

it("offers what can be done next: use what was not written, see and take back what was", () => {
  const labels = (inPlace: boolean, change: Partial<VerdictRecord> | null = {}) =>
    nextSteps(inPlace, change === null ? undefined : { ...verdict, ...change }).map(({ label }) => label);
  expect(labels(true)).toEqual(["Reveal", "Copy loading snippet", "Save report…", "Discard"]);
  expect(labels(false)).toEqual(["Use it", "Save report…"]);
  expect(labels(false, { decision: "useBaseline", baseline: "logitAdjustment" })).toEqual([
    "Use logit adjustment",
    "Save report…",
  ]);
  expect(labels(false, { decision: "cannotTell", reason: "notBetter" })).toEqual([
    "Use it anyway…",
    "Save report…",
  ]);
  expect(labels(false, { decision: "doNotUse", reason: "nothingFeasible" })).toEqual(["Save report…"]);
  expect(labels(false, null)).toEqual(["Save report…"]);
});

it("says what became of each copy", () => {
  const taken = [
    { output: "/a", now: "restored" as const, restored: "/x/.selmix/runs/before" },
    { output: "/b", now: "left" as const, restored: null },
  ];
  expect(discardedText("r", taken)).toBe(
    "Discarded r: /a is that of before again; /b is left, for it is not what this run wrote.",
  );
  expect(discardedText("r", [])).toBe("Discarded r: it had written nothing.");
  const configurationPath = "/project/selmix.json";
  const copies = ["/project/tuned/a.pt", "/elsewhere/b.pt"].map((output) => ({ output, sha256: "", at: "" }));
  const run = { configurationPath, copies };
  expect([
    standingText(run),
    standingText({ ...run, discardedAt: "" }),
    standingText({ configurationPath }),
  ]).toEqual(["written to tuned/a.pt and /elsewhere/b.pt", "discarded", ""]);
});

it("knows which run's head lies in its place", () => {
  const wrote = (at: string, output = "/a") => ({
    configurationPath: "/selmix.json",
    copies: [{ output, sha256: "", at }],
  });
  const run = wrote("2026-01-02");
  expect(isInPlace(run, [])).toBe(true);
  expect(isInPlace(run, [wrote("2026-01-01"), wrote("2026-01-03", "/b")])).toBe(true);
  expect(isInPlace(run, [wrote("2026-01-03")])).toBe(false);
  expect(isInPlace({ ...run, discardedAt: "2026-01-04" }, [])).toBe(false);
  expect(isInPlace({ configurationPath: "/selmix.json" }, [])).toBe(false);
});
