/** What agents may ask, through VS Code's own API for them: an extension of the test's asks, a person agrees. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { inVSCode } from "./harness/fixture.ts";
import { endedRuns, runsOf } from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import { exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();
const answers = z.array(
  z.object({ tool: z.string(), text: z.string().optional(), error: z.string().optional() }),
);

async function ask(
  folder: string,
  questions: readonly { tool: string; input: object }[],
  meanwhile = async () => {},
) {
  const file = path.join(folder, "answers.json");
  rmSync(file, { force: true });
  writeFileSync(path.join(folder, "questions.json"), JSON.stringify(questions));
  await meanwhile();
  await until("the answers", () => existsSync(file), 120_000);
  return answers.parse(JSON.parse(readFileSync(file, "utf8")));
}

test("agents inspect and evaluate without asking, and tune only after a person agreed", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 100, "tuning.controls": "none" });
  const window = await vscode.open(folder, {
    besides: path.resolve("test/vscode/agent"),
    settings: { "chat.disableAIFeatures": false },
  });
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();

  const [inspected, evaluated, explained] = await ask(folder, [
    { tool: "selmix_inspect", input: {} },
    { tool: "selmix_evaluate", input: { checkpoint: "epoch-10" } },
    { tool: "selmix_explainRun", input: {} },
  ]);
  expect(inspected?.text).toContain("The head is `fc.weight`");
  expect(evaluated?.text).toContain("worst class shirt 34");
  expect(explained?.text).toContain("There is no run yet");
  expect(runsOf(folder)).toEqual([]);

  const [tuned] = await ask(folder, [{ tool: "selmix_tune", input: {} }], async () => {
    const dialog = window.page.locator(".monaco-dialog-box", { hasText: "Tune epoch-10" });
    await dialog.waitFor();
    expect(runsOf(folder)).toEqual([]);
    await dialog.locator(".monaco-button:not(.secondary)").first().click();
  });
  const [run] = await endedRuns(folder, 1);
  expect(run?.run.state).toBe("done");
  expect(tuned?.text).toContain(run?.result?.verdict?.sentence ?? "?");
});
