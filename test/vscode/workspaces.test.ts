/** Workspaces of several folders, and workspaces that are not trusted. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { themeNames } from "../support/chromium.ts";
import { inVSCode } from "./harness/fixture.ts";
import { endedRuns, epochFile, nextEpoch, runsOf, saveByRename } from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import { emptyFolder, exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();
const watching = { autoRetune: true, "tuning.steps": 200 };

test("two workspace folders are followed side by side, each with its own configuration", async () => {
  const parent = emptyFolder("two");
  const folders = ["first", "second"].map((name) => {
    const folder = path.join(parent, name);
    mkdirSync(folder);
    return exampleWorkspace(watching, folder);
  });
  const [first = "", second = ""] = folders;
  const file = path.join(parent, "both.code-workspace");
  writeFileSync(file, JSON.stringify({ folders: folders.map((folder) => ({ path: folder })) }));

  const window = await vscode.open(file, { folders });
  await window.openSideBar();
  // VS Code's page now and then shows a workspace file without its folders, and stays so; a user would load it again.
  const look = async () => {
    const there = await window
      .row("Checkpoints", "first")
      .waitFor({ timeout: 15_000 })
      .then(
        () => true,
        () => false,
      );
    if (!there) await window.reloadAtOnce();
    return there;
  };
  await until("the folders of the workspace", look, 120_000);
  await window.row("Checkpoints", "second").waitFor();
  saveByRename(epochFile(first, 11), nextEpoch(first, 1));
  saveByRename(epochFile(second, 21), nextEpoch(second, 2));
  const [[one], [two]] = await Promise.all([endedRuns(first, 1), endedRuns(second, 1)]);
  expect(one?.run).toMatchObject({ state: "done", checkpoint: epochFile(first, 11) });
  expect(two?.run).toMatchObject({ state: "done", checkpoint: epochFile(second, 21) });
  await window.row("Runs", "epoch-11").waitFor();
  await window.row("Runs", "epoch-21").waitFor();
});

test("an untrusted workspace may be looked at, and nothing runs in it", async () => {
  const marker = path.join(emptyFolder(), "ran");
  const folder = exampleWorkspace({ ...watching, "features.command": ["touch", marker] });
  const window = await vscode.open(folder, { untrusted: true });
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();
  saveByRename(epochFile(folder, 11), nextEpoch(folder, 1));
  await window.row("Checkpoints", "epoch-11").waitFor();
  expect(await window.offers("SelMix: Tune Latest")).toBe(false);
  for (const theme of themeNames) {
    await window.setTheme(theme);
    await window.screenshot(theme, "untrusted");
  }
  expect(runsOf(folder)).toEqual([]);
  expect(existsSync(marker)).toBe(false);
});
