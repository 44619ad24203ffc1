import { expect, test } from "vitest";
import { inVSCode } from "./harness/fixture.ts";
import { engines } from "./harness/leftovers.ts";
import { exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

test("the installed extension brings its commands and its log, and starts no engine before it is needed", async () => {
  const window = await vscode.open(exampleWorkspace());
  await window.statusBar("SelMix").waitFor();
  expect(engines(vscode.server.mark)).toEqual([]);
  await window.command("SelMix: Show Log");
  await window.page.locator(".output-view-container, .panel .title-actions").first().waitFor();
  expect(await window.offers("SelMix: Show Log")).toBe(true);
});
