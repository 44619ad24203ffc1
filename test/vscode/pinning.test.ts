/** Runs are pinned and let go by their menu, one or several at once, and the sidebar says which are. */
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { RunWriter } from "../../src/project/runFolder.ts";
import { runOf } from "../support/records.ts";
import { inVSCode } from "./harness/fixture.ts";
import { until } from "./harness/until.ts";
import type { Window } from "./harness/window.ts";
import { exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

/** A run that has ended, of the checkpoint of an epoch. */
function endedRun(folder: string, epoch: number): string {
  const checkpoint = path.join(folder, `checkpoints/epoch_${epoch}.pt`);
  const writer = new RunWriter(folder, runOf({ checkpoint, startedAt: `2026-05-01T10:${epoch}:00.000Z` }));
  writer.finish("cancelled");
  return writer.folder;
}

async function choose(window: Window, run: string, entry: string): Promise<void> {
  await window.row("Runs", run).click({ button: "right" });
  const menu = window.page.locator(".monaco-menu");
  // A click just after a menu has opened is taken for the end of the one that opened it.
  await until(`"${entry}" to be chosen`, async () => {
    await menu.getByText(entry, { exact: true }).click({ timeout: 2000 });
    return menu.waitFor({ state: "hidden", timeout: 1000 }).then(
      () => true,
      () => false,
    );
  });
}

test("a run is pinned, several are, and they are let go", async () => {
  const folder = exampleWorkspace();
  const runs = [31, 32, 33].map((epoch) => endedRun(folder, epoch));
  const arePinned = () => runs.map((run) => existsSync(path.join(run, "pinned")));
  const window = await vscode.open(folder);
  await window.openSideBar();
  const row = (epoch: number) => window.row("Runs", `epoch_${epoch}`);
  await row(33).waitFor();

  await choose(window, "epoch_31", "Pin Run");
  await until("the first to be pinned", async () => arePinned()[0] ?? false);
  expect(arePinned()).toEqual([true, false, false]);
  await window.row("Runs", /epoch_31.*pinned/).waitFor();

  await row(32).click();
  await row(33).click({ modifiers: ["ControlOrMeta"] });
  await choose(window, "epoch_33", "Pin Run");
  await until("all to be pinned", async () => arePinned().every(Boolean));
  await window.row("Runs", /epoch_33.*pinned/).waitFor();

  await row(31).click();
  await choose(window, "epoch_31", "Unpin Run");
  await until("the first to be let go", async () => arePinned()[0] === false);
  expect(arePinned()).toEqual([false, true, true]);
  await until("the sidebar to say so", async () => !/pinned/.test((await row(31).textContent()) ?? ""));
});
