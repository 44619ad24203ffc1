import { expect, test } from "vitest";
import { inVSCode } from "./harness/fixture.ts";
import { exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

test("the installed extension brings its commands and its log", async () => {
  const window = await vscode.open(exampleWorkspace());
  await window.command("SelMix: Show Log");
  await window.page.locator(".output-view-container, .panel .title-actions").first().waitFor();
  expect(await window.offers("SelMix: Show Log")).toBe(true);
});
