/** A user trains with PyTorch in VS Code's own terminal, and SelMix follows: an epoch is saved, and its tuned copy appears. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { python } from "../../interop/environment.ts";
import { rebuild } from "../../support/rebuild.ts";
import { inVSCode } from "../harness/fixture.ts";
import { hasOutput, runsOf } from "../harness/runs.ts";
import { openTerminal, terminalSettings, typeInTerminal } from "../harness/terminal.ts";
import { until } from "../harness/until.ts";
import { trainingWorkspace } from "./workspace.ts";

const vscode = inVSCode();
const epochs = 5;
const limit = 200_000;

/** The worst class's validation recall of each epoch, as train.py printed it. */
function printedRecalls(log: string): Map<string, number> {
  const lines = readFileSync(log, "utf8").matchAll(/worst (\d\.\d+) .*?(epoch-\d+\.pt)$/gm);
  return new Map([...lines].map(([, worst, file]) => [file ?? "", Number(worst)]));
}

const sha256 = (content: Buffer): Buffer => createHash("sha256").update(content).digest();

/** The tensors that differ, as PyTorch loads both files; it refuses a copy that lacks one. */
function changedTensors(source: string, tuned: string): unknown {
  const check = path.join(import.meta.dirname, "changed.py");
  return JSON.parse(execFileSync(python, [check, source, tuned], { encoding: "utf8" }));
}

test("train.py runs in the terminal, and its epochs are tuned as they are saved, .pt in and .pt out", async () => {
  const folder = trainingWorkspace();
  const window = await vscode.open(folder, { settings: terminalSettings });
  await window.openSideBar();
  await window.statusBar("SelMix").waitFor();
  await openTerminal(window);
  const training = `${python} train.py --data data --epochs ${epochs} --threads 1`;
  await typeInTerminal(window, `${training} | tee training.log`);

  const name = (epoch: number) => `epoch-${String(epoch).padStart(2, "0")}`;
  const last = path.join(folder, "checkpoints", `${name(epochs)}.pt`);
  const runs = await until(
    "the last epoch's run to end",
    () => {
      const all = runsOf(folder);
      const ended = all.every(({ run }) => run.state !== "running");
      return ended && all.some(({ run }) => run.checkpoint === last) && all;
    },
    limit,
  );
  // The newest wins: an epoch that is saved while two others are worked on may be passed over, and the last never is.
  expect(runs.length).toBeGreaterThanOrEqual(2);
  expect(runs.length).toBeLessThanOrEqual(epochs);
  expect(runs.at(-1)?.run.checkpoint).toBe(last);
  expect(runs.some(hasOutput)).toBe(true);
  const printed = printedRecalls(path.join(folder, "training.log"));
  for (const { run, result } of runs) {
    expect(run).toMatchObject({ state: "done", trigger: "save" });
    expect(run.checkpointHash).toBe(sha256(sha256(readFileSync(run.checkpoint))).toString("hex"));
    // Judged on features of this very epoch: as good before tuning as the trainer found it, F16 features aside.
    const worst = printed.get(path.basename(run.checkpoint)) ?? Number.NaN;
    expect(Math.abs((result?.before.validation.minRecall ?? Number.NaN) - worst)).toBeLessThan(0.01);
    const tuned = path.join(folder, "tuned", path.basename(run.checkpoint, ".pt").concat(".selmix.pt"));
    // An epoch that training does not help gets no copy by itself; what its run kept is written here, to be looked at.
    const isForUse = ["use", "useBaseline"].includes(result?.verdict?.decision ?? "");
    expect(result?.output).toBe(isForUse ? tuned : null);
    expect(existsSync(tuned)).toBe(isForUse);
    const copy = isForUse ? tuned : path.join(folder, "kept.pt");
    if (!isForUse) await rebuild(result?.runFolder ?? "", copy);
    // A start from logit adjustment that nothing improved on has another bias only.
    const changed = changedTensors(run.checkpoint, copy);
    expect([["fc.weight", "fc.bias"], ["fc.bias"]]).toContainEqual(changed);
  }

  for (let epoch = 1; epoch <= epochs; epoch++) await window.row("Checkpoints", name(epoch)).waitFor();
  await window.row("Checkpoints", new RegExp(`${name(epochs)}.*worst class`)).waitFor();
  for (const { run } of runs) await window.row("Runs", path.basename(run.checkpoint, ".pt")).waitFor();
  await typeInTerminal(window, "exit");
  await window.page.locator(".terminal-wrapper").waitFor({ state: "detached" });
});
