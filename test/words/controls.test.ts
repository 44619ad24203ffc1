import { expect, it } from "vitest";
import type { JobResult } from "../../src/protocol/engine.ts";
import { controlsMarkdown, controlsSummary } from "../../src/words/controls.ts";
import { syntheticRun } from "../webview/syntheticRun.ts";

function controls(value: number, satisfied = true): JobResult<"controls"> {
  const { result } = syntheticRun({ classes: 3, cycles: 1 });
  if (!result?.before.test || !result.controls[0]) throw new Error("a run with controls");
  const test = { ...result.before.test, minRecall: value };
  const [first] = result.controls;
  const controls = [
    { ...first, name: "Logit adjustment", satisfied, evaluation: { validation: test, test } },
  ];
  const before = { validation: test, test: { ...test, minRecall: 0.3 } };
  return {
    checkpoint: "/ws/a.pt",
    before,
    beforeSatisfied: true,
    controls,
    notes: ["left out: mixup"],
    seconds: 1,
  };
}

it("names the best, and the checkpoint where none is better or keeps the bounds it keeps", () => {
  expect(controlsSummary(controls(0.7), "minRecall")).toMatch(
    /^best baseline is logit adjustment, worst-class recall 70\.0.% against 30\.0.% of the checkpoint \(test\)$/,
  );
  expect(controlsSummary(controls(0.2), "minRecall")).toMatch(/^no baseline does better than the checkpoint/);
  expect(controlsSummary(controls(0.7, false), "minRecall")).toMatch(/^no baseline does better/);
});

it("is a page with the best first, and why others were left out", () => {
  const page = controlsMarkdown("a.pt", controls(0.7), "minRecall");
  expect(page.indexOf("Logit adjustment")).toBeLessThan(page.indexOf("The checkpoint"));
  expect(page).toContain("left out: mixup");
  expect(page).not.toContain("/ws/");
});
