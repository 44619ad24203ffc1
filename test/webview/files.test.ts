/** What the panels show of a real run is what its files say: every table, number by number. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { metricName, reportedIds } from "../../src/metrics/catalogue.ts";
import { gainPerCycle } from "../../src/words/cycles.ts";
import { changeIn } from "../../src/words/sets.ts";

import { launchChromium, type PanelPage } from "../support/chromium.ts";
import { gainOfFolder, openWith, type PanelName, snapshotOf } from "./openPanel.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const real = () => snapshotOf(inject("realRunFolder"));
const rows = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])));

async function exported(page: PanelPage, title: string, kind: "CSV" | "JSON"): Promise<string> {
  const before = (await page.posted()).filter(({ type }) => type === "export").length;
  const menu = page.page.locator(".menu", { has: page.page.getByLabel(`Export ${title}`, { exact: true }) });
  await menu.locator("summary").click();
  await menu.getByRole("button", { name: `Table as ${kind}` }).click();
  return String((await page.waitForPosted("export", before)).content);
}

/** Opens a panel of the real run and gives its tables as records. */
async function tablesOf(panel: PanelName, titles: readonly string[]) {
  const page = await openWith(browser, panel, real());
  const tables: z.infer<typeof rows>[] = [];
  for (const title of titles) tables.push(rows.parse(JSON.parse(await exported(page, title, "JSON"))));
  await page.close();
  return tables;
}

describe("the recall panel's tables", () => {
  it("hold the metrics, controls and coverages of result.json", async () => {
    const { result, run } = real();
    const changes = result?.changes.test;
    if (!result || !changes) throw new Error("the example has a test set");
    const [metrics, controls, coverage] = await tablesOf("recall", [
      "Headline metrics",
      "SelMix beside its controls",
      "Coverage per class",
    ]);
    const measured = reportedIds.filter((metric) => result.after.test?.[metric] !== undefined);
    const wanted = measured.map((metric) => {
      const { before, after, change } = changeIn(changes, metric) ?? {};
      if (!before || !after || !change) throw new Error(`${metric} was measured`);
      return {
        metric: metricName(metric),
        ...{ before: before.value, beforeLow: before.low, beforeHigh: before.high },
        ...{ after: after.value, afterLow: after.low, afterHigh: after.high },
        ...{ change: change.value, changeLow: change.low, changeHigh: change.high },
      };
    });
    expect(metrics).toHaveLength(wanted.length);
    expect(metrics).toEqual(expect.arrayContaining(wanted));

    const methods = [
      ["the checkpoint", result.before],
      ...(result.trained ? [["SelMix", result.trained.evaluation] as const] : []),
      ...result.controls.map(({ name, evaluation }) => [name, evaluation] as const),
    ] as const;
    expect(methods.length).toBeGreaterThan(3);
    expect(controls).toHaveLength(methods.length);
    for (const [method, { test }] of methods) {
      const values = Object.fromEntries(measured.map((metric) => [metric, test?.[metric]]));
      expect(controls).toContainEqual(expect.objectContaining({ method, ...values }));
    }

    const shares = run.classes.map((name, label) => ({
      name,
      before: result.before.test?.coverage[label],
      after: result.after.test?.coverage[label],
      atLeast: null,
      atMost: null,
    }));
    expect(coverage).toHaveLength(shares.length);
    expect(coverage).toEqual(expect.arrayContaining(shares));
  });

  it("hold the counts of confusion.bin and the objective of history.jsonl", async () => {
    const { run, confusion, history } = real();
    const { beforeTest, afterTest } = confusion;
    if (!beforeTest || !afterTest) throw new Error("the example keeps its counts");
    const [cells, objective] = await tablesOf("recall", ["Confusion", "Objective over the run"]);
    const wanted = run.buckets.flatMap(({ name }, row) =>
      run.classes.flatMap((predicted, column) => {
        const at = row * run.classes.length + column;
        const [countBefore, countAfter] = [beforeTest[at] ?? 0, afterTest[at] ?? 0];
        return countBefore + countAfter === 0 ? [] : [{ true: name, predicted, countBefore, countAfter }];
      }),
    );
    const counts = cells?.map(({ true: label, predicted, countBefore, countAfter }) => ({
      true: label,
      predicted,
      countBefore,
      countAfter,
    }));
    expect(counts).toEqual(wanted);
    expect(objective?.map((each) => [each.cycle, each.step, each.objective])).toEqual(
      history.map(({ cycle, step, objective: value }) => [cycle, step, value]),
    );
  });
});

describe("the gain panel's tables", () => {
  it("hold the gains and the policy of gain.bin", async () => {
    const snapshot = real();
    const { classes } = snapshot.run;
    const [pairs] = await tablesOf("gain", ["Gain of class pairs"]);
    const kept = snapshot.history.find(({ step }) => step === snapshot.result?.bestStep)?.cycle ?? -1;
    const { gain, policy } = gainOfFolder(snapshot, kept);
    const points = 100 * (gainPerCycle(snapshot.history, kept) ?? Number.NaN);
    const wanted = classes.flatMap((label, row) =>
      classes.map((partner, column) => {
        const at = row * classes.length + column;
        return { label, partner, gain: points * gain[at], policy: policy[at] };
      }),
    );
    expect(pairs).toHaveLength(wanted.length);
    expect(pairs).toEqual(expect.arrayContaining(wanted));
  });

  it("hold the multipliers and the audit of history.jsonl", async () => {
    const { run, history } = real();
    const page = await openWith(browser, "gain", real());
    const audit = rows.parse(
      JSON.parse(await exported(page, "Audit: predicted against measured change", "JSON")),
    );
    expect(audit).toEqual(
      history
        .filter(({ measuredChange }) => measuredChange !== null)
        .map(({ cycle, predictedChange, measuredChange }) => ({
          cycle,
          predicted: predictedChange,
          measured: measuredChange,
        })),
    );
    const [head = "", ...lines] = (await exported(page, "Multipliers over the run", "CSV"))
      .trim()
      .split("\r\n");
    await page.close();
    const columns = head.split(",");
    for (const [label, { name }] of run.buckets.entries()) {
      const column = columns.indexOf(`recall of ${name}`);
      if (history.every(({ multipliers }) => !multipliers.objective[label])) continue;
      expect(lines.map((line) => line.split(",")[column])).toEqual(
        history.map(({ multipliers }) => String(multipliers.objective[label] ?? "")),
      );
    }
  });
});
