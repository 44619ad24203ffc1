/** selmix.json: made from nothing, and wrong. */
import { expect, test } from "vitest";
import { inVSCode } from "./harness/fixture.ts";
import { changeConfiguration, exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

test("an error in selmix.json shows where it is, and goes when it is mended", async () => {
  const folder = exampleWorkspace();
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.command("SelMix: Open Configuration");
  changeConfiguration(folder, { objektive: "minRecall" });
  await window.page.locator(".squiggly-error, .squiggly-warning").first().waitFor();
  expect(await window.problemsPanel()).toMatch(/objektive.*objective/);
  await window.statusBar("SelMix").waitFor();
  changeConfiguration(folder, { objektive: undefined });
  await window.page.locator(".squiggly-error").first().waitFor({ state: "detached" });
});
