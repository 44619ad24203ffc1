/** Each verdict where a user meets it: tree, status bar, notification and panel say the same, and only a proven head has a green tick. */
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import type { DecisionName } from "../../src/protocol/records.ts";
import { themeNames } from "../support/chromium.ts";
import { inVSCode } from "./harness/fixture.ts";
import { endedRuns, hasOutput } from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import { exampleWorkspace, fewSamplesWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

interface Verdict {
  readonly decision: DecisionName;
  readonly workspace: () => string;
  readonly says: string;
  /** In narrow places. */
  readonly brief: string;
  readonly icons: { readonly tree: string; readonly statusBar: string; readonly notification: string };
}

const proven = { tree: "pass", statusBar: "check", notification: "info" };
const open = { tree: "question", statusBar: "question", notification: "warning" };
const bad = { tree: "warning", statusBar: "warning", notification: "warning" };

const shirt = (atLeast: number) => [{ metric: "recall", classes: ["shirt"], atLeast }];

const verdicts: readonly Verdict[] = [
  {
    decision: "use",
    workspace: () =>
      exampleWorkspace({ constraints: [{ metric: "coverage", atLeast: 0.09 }], "tuning.steps": 1000 }),
    says: "Use it",
    brief: "Use it",
    icons: proven,
  },
  {
    decision: "useBaseline",
    workspace: () => exampleWorkspace({ "tuning.steps": 100 }),
    says: "Use tuned bias instead",
    brief: "Use tuned bias",
    icons: proven,
  },
  {
    decision: "doNotUse",
    workspace: () => exampleWorkspace({ constraints: shirt(0.99), "tuning.steps": 300 }),
    says: "Do not use it",
    brief: "Do not use it",
    icons: bad,
  },
  {
    decision: "cannotTell",
    workspace: fewSamplesWorkspace,
    says: "Cannot tell with these samples",
    brief: "Cannot tell",
    icons: open,
  },
];

/** The name of an icon, without its prefix: "pass". */
function iconOf(icon: Locator): Promise<string> {
  return icon
    .first()
    .evaluate((element) => /codicon-(?!modifier)([\w-]+)/.exec(element.className)?.[1] ?? "");
}

test.each(verdicts)("$decision, in every view", async ({ decision, workspace, says, brief, icons }) => {
  const folder = workspace();
  const window = await vscode.open(folder, { width: 1200, height: 800 });
  await window.openSideBar();
  await window.command("SelMix: Tune Latest");
  const [run] = await endedRuns(folder, 1);
  if (!run?.result?.verdict) throw new Error(`The run came to no verdict: ${run?.run.error}`);
  const { sentence } = run.result.verdict;
  expect(run.result.verdict.decision).toBe(decision);
  expect(sentence.startsWith(says)).toBe(true);
  expect(hasOutput(run)).toBe(decision === "use" || decision === "useBaseline");

  const panel = await window.panel("Recall", "epoch-10");
  await until("the line", async () => (await panel.locator(".claim").textContent()) === sentence);
  for (const view of ["Checkpoints", "Runs"]) {
    const row = window.row(view, `${brief}, worst class`);
    await row.waitFor();
    expect(await iconOf(row.locator(".custom-view-tree-node-item-icon"))).toBe(icons.tree);
  }
  expect(await iconOf(window.statusBar(`${brief}: `).locator(".codicon"))).toBe(icons.statusBar);
  const notification = await window.notification(says);
  expect(await notification.textContent()).toContain(sentence);
  expect(await iconOf(notification.locator(".notification-list-item-icon"))).toBe(icons.notification);
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await panel
      .locator(`body[data-vscode-theme-id="${window.themeId(theme)}"] canvas`)
      .first()
      .waitFor();
    await window.screenshot(theme, `verdict-${decision}`);
  }
});
