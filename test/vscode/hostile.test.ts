/** Workspaces of strangers, with everything that git can carry: opened, they change nothing anywhere, and their names are names. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { runOf } from "../support/records.ts";
import { inVSCode } from "./harness/fixture.ts";
import { engines, hashes, markedProcesses } from "./harness/leftovers.ts";
import { endedRuns, epochFile } from "./harness/runs.ts";
import { emptyFolder, exampleWorkspace, sourceCheckpoint } from "./harness/workspace.ts";

const vscode = inVSCode();
const runName = "2026-05-01T10-20-30Z-a-minRecall";
/** Of a run that says it is at work, in a process that is none. */
const deadRun = JSON.stringify(runOf({ pid: 2 ** 22 + 1 }));

/** Contents of files, and the names of everything, links and folders too; but for the colours that the harness chooses. */
function look(...folders: string[]): unknown[] {
  const isOurs = (name: string) => !name.startsWith(".vscode");
  return folders.map((folder) => [
    Object.entries(hashes(folder)).filter(([name]) => isOurs(name)),
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(isOurs).sort(),
  ]);
}

/** Files of the user's, none of which the workspace may touch. */
function precious(): { outside: string; victim: string } {
  const outside = emptyFolder();
  const victim = path.join(outside, ".bashrc");
  writeFileSync(victim, "# my precious settings\n");
  return { outside, victim };
}

test("an untrusted workspace that brings links and runs along changes nothing outside of it, nor in it", async () => {
  const { outside, victim } = precious();
  cpSync(exampleWorkspace(), path.join(outside, "secret"), { recursive: true });
  const folder = exampleWorkspace({ autoRetune: true });
  const run = path.join(folder, ".selmix/runs", runName);
  mkdirSync(run, { recursive: true });
  writeFileSync(path.join(run, "run.json"), deadRun);
  for (const name of ["run.json.tmp", "history.jsonl", "result.json", "summary.json"])
    symlinkSync(victim, path.join(run, name));
  symlinkSync(path.join(outside, "new"), path.join(folder, ".selmix/.gitignore"));
  symlinkSync(path.join(outside, "secret/checkpoints/epoch-10.safetensors"), epochFile(folder, 99));
  const before = look(folder, outside);
  const window = await vscode.open(folder, { untrusted: true });
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();
  await window.row("Runs", "epoch_12").waitFor();
  expect(engines(vscode.server.mark)).toEqual([]);
  expect(await window.rows("Checkpoints").allTextContents()).toEqual([expect.stringContaining("epoch-10")]);
  expect(look(folder, outside)).toEqual(before);
});

test("one whose .selmix leads out neither shows nor ends the runs that lie there", async () => {
  const { outside } = precious();
  const elsewhere = path.join(outside, "project/.selmix");
  mkdirSync(path.join(elsewhere, "runs", runName), { recursive: true });
  writeFileSync(path.join(elsewhere, "runs", runName, "run.json"), deadRun);
  const folder = exampleWorkspace();
  symlinkSync(elsewhere, path.join(folder, ".selmix"));
  const before = look(folder, outside);
  const window = await vscode.open(folder, { untrusted: true });
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();
  await pause(2000);
  expect(await window.row("Runs", "epoch_12").count()).toBe(0);
  expect(look(folder, outside)).toEqual(before);
});

test("one whose records and checkpoints are devices costs neither memory nor time", async () => {
  const folder = exampleWorkspace();
  const run = path.join(folder, ".selmix/runs", runName);
  mkdirSync(run, { recursive: true });
  symlinkSync("/dev/zero", path.join(run, "run.json"));
  symlinkSync("/dev/zero", epochFile(folder, 98));
  const window = await vscode.open(folder, { untrusted: true });
  await window.openSideBar();
  await window.row("Checkpoints", "epoch-10").waitFor();
  await pause(5000);
  const hosts = markedProcesses(vscode.server.mark).filter(({ command }) =>
    command.includes("extensionHost"),
  );
  expect(hosts.length).toBeGreaterThan(0);
  for (const { pid } of hosts) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    // VS Code's own host takes most of it; reading the device took gigabytes.
    expect(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(600);
  }
  expect(engines(vscode.server.mark)).toEqual([]);
});

test("a checkpoint whose name is a link to a command is called so, and is no link", async () => {
  const { outside } = precious();
  const marker = path.join(outside, "clicked");
  const folder = exampleWorkspace({ "tuning.steps": 20, "tuning.controls": "none" });
  const words = encodeURIComponent(JSON.stringify([{ text: `touch ${path.basename(marker)}\r` }]));
  const name = `[Show details](command:workbench.action.terminal.sendSequence?${words.replaceAll("(", "%28").replaceAll(")", "%29")})`;
  renameSync(sourceCheckpoint(folder), path.join(folder, "checkpoints", `${name}.safetensors`));
  const window = await vscode.open(folder);
  await window.openSideBar();
  // The list cuts long names in their middle.
  await window.row("Checkpoints", "[Show detail").waitFor();
  await window.command("SelMix: Tune Latest");
  await endedRuns(folder, 1);
  const told = await window.notification(/worst-class recall/);
  expect(await told.textContent()).toContain("[Show details]");
  expect(await told.locator(".notification-list-item-message a").count()).toBe(0);
  expect(existsSync(marker)).toBe(false);
});
