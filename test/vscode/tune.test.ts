/** What a user does: chooses, tunes, stops. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { inVSCode } from "./harness/fixture.ts";
import { engines, isAlive } from "./harness/leftovers.ts";
import { endedRuns, hasOutput, runAtWork, runsOf } from "./harness/runs.ts";
import { until } from "./harness/until.ts";
import { configuration, exampleWorkspace } from "./harness/workspace.ts";

const vscode = inVSCode();

test("chooses an objective and a constraint, keeps the comments, and tunes", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 300 });
  const window = await vscode.open(folder);
  await window.openSideBar();
  // Before anything is asked for: whom the checkpoint fails.
  const card = (await window.webview("baseline")).getByTestId("baseline");
  await card.getByText("epoch-10 as it is, recall on test").waitFor();
  expect(await card.locator("li").first().textContent()).toMatch(/^shirt\s*34\.1/);
  expect(runsOf(folder)).toEqual([]);

  await window.command("SelMix: Select Objective");
  await window.pick("geometric mean");
  await until("the objective to be written", () => configuration(folder).objective === "gMean");

  await window.command("SelMix: Add Constraint");
  await window.quickInput.getByText("% now").first().waitFor();
  await window.pick(/^coverage(?! )/);
  await window.acceptOne();
  await window.pick("at least");
  await window.enter("8");
  await until("the constraint to be written", () => configuration(folder).constraints);
  expect(configuration(folder).constraints).toEqual([{ metric: "coverage", atLeast: 0.08 }]);

  await window.command("SelMix: Tune Latest");
  const [run] = await endedRuns(folder, 1);
  expect(run?.run).toMatchObject({ state: "done", trigger: "user", objective: "gMean" });
  expect(run?.result?.constraints.length).toBeGreaterThan(0);
  expect(run && hasOutput(run)).toBe(true);
  await window.row("Runs", "epoch-10").waitFor();
  await window.row("Checkpoints", "geometric mean").waitFor();
});

test("stops half-way: the run says so and leaves no tuned checkpoint", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 1_000_000 });
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.command("SelMix: Tune Latest");
  await runAtWork(folder);
  await window.statusBar("SelMix").waitFor();
  await window.command("SelMix: Stop");
  const [run] = await endedRuns(folder, 1);
  expect(run?.run.state).toBe("cancelled");
  expect(run?.result).toBeNull();
  expect(existsSync(`${folder}/tuned`)).toBe(false);
  await window.row("Runs", "stopped").waitFor();
});

test("an engine killed in a run: the run is failed, the log is offered, and the next run works", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 1_000_000 });
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.command("SelMix: Tune Latest");
  await runAtWork(folder);
  for (const { pid } of engines(vscode.server.mark)) process.kill(pid, "SIGKILL");
  await window.notification("Show Log");
  const [run] = await endedRuns(folder, 1);
  expect(run?.run.state).toBe("failed");
  await window.row("Runs", "failed").waitFor();

  await window.command("SelMix: Tune Latest");
  await until("a second run", () => runsOf(folder).length === 2);
  await until("it to be at work", () => (runsOf(folder)[1]?.history.length ?? 0) > 1);
  await window.command("SelMix: Stop");
  const runs = await endedRuns(folder, 2);
  expect(runs[1]?.run.state).toBe("cancelled");
});

test("a window reloaded in a run: the run ends with it, and the new window says so and can tune", async () => {
  const folder = exampleWorkspace({ "tuning.steps": 1_000_000 });
  const window = await vscode.open(folder);
  await window.openSideBar();
  await window.command("SelMix: Tune Latest");
  const run = await runAtWork(folder);
  await window.reloadAtOnce();
  await until("the old engine to go", () => !isAlive(run.run.pid));
  await window.openSideBar();
  await window.row("Runs", /failed|stopped/).waitFor();
  const [ended] = await endedRuns(folder, 1);
  expect(["failed", "cancelled"]).toContain(ended?.run.state);
});
