/** The VSIX for this platform alone, installed: it brings the native backend, and tunes on it with nothing to install. */
import { afterAll, expect, test } from "vitest";
import { inVSCode } from "./harness/fixture.ts";
import { endedRuns } from "./harness/runs.ts";
import { serveForTests } from "./harness/serve.ts";
import { exampleWorkspace } from "./harness/workspace.ts";

const { server, stop } = await serveForTests(`${process.platform}-${process.arch}`);
afterAll(stop);
const vscode = inVSCode(server);

test("tunes on the native backend that the platform's VSIX brings", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 300 });
  const window = await vscode.open(folder, { settings: { "selmix.backend": "native" } });
  await window.openSideBar();
  await window.command("SelMix: Tune Latest");
  const [run] = await endedRuns(folder, 1);
  expect(run?.run).toMatchObject({ state: "done" });
  expect(run?.result?.backend).toMatchObject({ name: "native" });
});
