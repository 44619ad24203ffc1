/** `selmix runs`, and what the next command does about one that was killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hashFile } from "../../src/files/hash.ts";
import { listRunFolders, readRunRecord } from "../../src/project/readRuns.ts";
import { jobResults } from "../../src/protocol/engine.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

const cli = path.resolve("dist/cli.mjs");
let workspace: Workspace;
beforeEach(() => {
  workspace = exampleWorkspace({ "tuning.controls": "none", "tuning.steps": 20, "tuning.cycle": 10 });
});
afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

function start(...words: string[]) {
  return spawn(process.execPath, [cli, ...words], {
    cwd: workspace.folder,
    env: { ...process.env, FORCE_COLOR: "0" },
  });
}

async function selmix(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const child = start(...words);
  let [out, err] = ["", ""];
  child.stdout.on("data", (part) => {
    out += part;
  });
  child.stderr.on("data", (part) => {
    err += part;
  });
  const [status] = await once(child, "close");
  return { status, out, err };
}

it("lists, pins and prunes", async () => {
  for (const seed of ["0", "1", "2"]) expect((await selmix("tune", "--seed", seed)).status).toBe(0);
  const [newest = "", , oldest = ""] = listRunFolders(workspace.folder);
  expect((await selmix("runs", "--pin", path.basename(oldest))).out).toMatch(
    /pinned\n3 runs, [\d.]+ MB\.\n$/,
  );
  const told = JSON.parse((await selmix("runs", "--prune", "--dry-run", "--keep", "1", "--json")).out);
  expect(told).toMatchObject({ dryRun: true, pruned: [{ bytes: expect.any(Number) }] });
  expect(listRunFolders(workspace.folder)).toHaveLength(3);
  expect((await selmix("runs", "--prune", "--keep", "1")).out).toContain("Removed 1 runs");
  expect(listRunFolders(workspace.folder)).toEqual([newest, oldest]);
  expect((await selmix("runs", "--unpin", oldest)).status).toBe(0);
  expect((await selmix("tune", "--keep", "1")).status).toBe(0);
  expect(listRunFolders(workspace.folder)).toHaveLength(1);
  const wrong = await selmix("runs", "--pin", "nothing");
  expect([wrong.status, wrong.err]).toEqual([2, expect.stringMatching(/There is no run nothing/)]);
}, 90_000);

it("uses a run by the beginning of its name, takes it back, and says so in JSON too", async () => {
  for (const seed of ["0", "1"]) expect((await selmix("tune", "--seed", seed)).status).toBe(0);
  const [second = "", first = ""] = listRunFolders(workspace.folder).map((folder) => path.basename(folder));
  const beginning = first.slice(0, 4);
  const several = await selmix("use", beginning);
  expect([several.status, several.err]).toEqual([
    2,
    expect.stringContaining(`2 runs begin with ${beginning}`),
  ]);
  const used = await selmix("use", first);
  expect([used.status, used.out]).toEqual([0, expect.stringContaining(`Wrote ${workspace.output}`)]);
  expect((await selmix("runs")).out).toMatch(new RegExp(`${first} .* used\n`));
  const back = await selmix("discard", path.join(".selmix/runs", first), "--json");
  expect(jobResults.discard.parse(JSON.parse(back.out)).copies).toEqual([
    {
      output: workspace.output,
      now: "restored",
      restored: path.join(workspace.folder, ".selmix/runs", second),
    },
  ]);
  expect((await selmix("runs")).out).toMatch(new RegExp(`${first} .* discarded\n`));
  const removed = await selmix("discard", second);
  expect([removed.status, removed.out]).toEqual([
    0,
    `Discarded ${second}: ${workspace.output} was removed.\n`,
  ]);
  const again = await selmix("use", second, "--output", "best.safetensors", "--json");
  expect(jobResults.use.parse(JSON.parse(again.out))).toMatchObject({
    output: path.join(workspace.folder, "best.safetensors"),
  });
  const [none, nothing] = [await selmix("use"), await selmix("discard", "nothing")];
  expect([none.status, none.err]).toEqual([2, expect.stringContaining("Which run?")]);
  expect([nothing.status, nothing.err]).toEqual([2, expect.stringContaining("There is no run nothing")]);
}, 90_000);

it("a command that comes after one that was killed settles it, and does its own work", async () => {
  const before = await hashFile(workspace.checkpoint);
  const child = start("tune", "--steps", "100000");
  await expect.poll(() => listRunFolders(workspace.folder).length, { timeout: 30_000 }).toBe(1);
  child.kill("SIGKILL");
  await once(child, "exit");
  const [dead = ""] = listRunFolders(workspace.folder);
  expect(readRunRecord(dead)?.state).toBe("running");
  expect((await selmix("inspect", workspace.checkpoint)).status).toBe(0);
  expect(readRunRecord(dead)?.state).toBe("failed");
  expect((await selmix("tune")).status).toBe(0);
  expect(await hashFile(workspace.checkpoint)).toBe(before);
  const left = readdirSync(workspace.folder, { recursive: true }).filter((name) =>
    `${name}`.includes(".tmp"),
  );
  expect(left).toEqual([]);
}, 90_000);
