/** A person takes the head of an earlier run into use, or takes a run back: what stands in the output then, and what never changes. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoints/formats.ts";
import type { JobContext } from "../../src/engine/job.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { readChanged } from "../../src/engine/verdict/changed.ts";
import { readRunRecord, readSummary } from "../../src/project/readRuns.ts";
import { isKept } from "../../src/project/retention.ts";
import { writeRecord } from "../../src/project/runFolder.ts";
import type { RunRecord } from "../../src/protocol/records.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

const quick = { "tuning.steps": 300, "tuning.controls": "none" };
/** Nothing keeps it: the run comes to the checkpoint, and keeps the head that comes closest. */
const unreachable = {
  constraints: [
    { metric: "coverage", atMost: 0.2 },
    { metric: "recall", classes: ["shirt"], atLeast: 0.99 },
  ],
};
const context: JobContext = {
  signal: new AbortController().signal,
  progress: () => undefined,
  cycle: () => undefined,
  program: () => undefined,
};

let workspace: Workspace;
let output: string;
beforeEach(() => open({}));
afterEach(() => rmSync(workspace.folder, { recursive: true }));

/** The example, of whose checkpoints all have one output. */
function open(values: Record<string, unknown>): void {
  if (workspace && existsSync(workspace.folder)) rmSync(workspace.folder, { recursive: true });
  workspace = exampleWorkspace({ ...quick, output: "tuned/model.safetensors", ...values });
  output = path.join(workspace.folder, "tuned/model.safetensors");
}

const configure = (change: object) => {
  const text = readFileSync(workspace.configuration, "utf8");
  writeFileSync(workspace.configuration, text.replace(/\}\s*$/, `,${JSON.stringify(change).slice(1)}`));
};

async function tune(more: object = {}) {
  const { configuration, folder, checkpoint } = workspace;
  const request = { configurationPath: configuration, checkpoint, trigger: "user" as const, ...more };
  const whole = { kind: "tune" as const, request: { ...request, workspace: folder, trusted: true } };
  const result = await runJob<"tune">(whole, context);
  return { ...result, decision: result.verdict?.decision };
}

const scope = () => ({ workspace: workspace.folder, trusted: true });
const use = (runFolder: string, more: object = {}) =>
  runJob<"use">({ kind: "use", runFolder, ...scope(), ...more }, context);
const discard = (runFolder: string) => runJob<"discard">({ kind: "discard", runFolder, ...scope() }, context);
const bytes = (file = output) => readFileSync(file).toString("base64");
const amend = (runFolder: string, change: Partial<RunRecord>) => {
  const record = readRunRecord(runFolder);
  if (record) writeRecord(runFolder, { ...record, ...change });
};

/** Whether a copy is the checkpoint with what a run kept in it, and nothing else. */
async function holdsHeadOf(runFolder: string, file = output): Promise<boolean> {
  const kept = new Map((await readChanged(runFolder)).map(({ name, values }) => [name, values]));
  const [copy, source] = [await openCheckpoint(file), await openCheckpoint(workspace.checkpoint)];
  let same = kept.size > 0;
  for (const { name } of source.tensors) {
    const [is, wanted] = [await copy.read(name), kept.get(name) ?? (await source.read(name))];
    same &&= Buffer.compare(Buffer.from(is.buffer), Buffer.from(wanted.buffer)) === 0;
  }
  await copy.close();
  await source.close();
  return same;
}

describe("runs of one output", () => {
  it("are taken up and taken back, one command each", async () => {
    const first = await tune({ seed: 0 });
    const one = bytes();
    const second = await tune({ seed: 1 });
    expect([first.decision, second.decision]).toEqual(["use", "use"]);
    const two = bytes();
    expect(two).not.toBe(one);

    const used = await use(first.runFolder);
    expect(used).toMatchObject({ output, baseline: null, advised: true, checkpoint: workspace.checkpoint });
    expect(used.sentence).toBe(`Wrote ${output}: the trained head, of ${path.basename(first.runFolder)}.`);
    expect(bytes()).toBe(one);
    expect(isKept(first.runFolder, "used")).toBe(true);

    // Of a run that is not in place, nothing is there to be taken away.
    const elsewhere = await tune({ seed: 2 });
    expect((await discard(second.runFolder)).copies).toEqual([{ output, now: "left", restored: null }]);
    expect(await holdsHeadOf(elsewhere.runFolder)).toBe(true);

    // What was used last before it comes back, not what is younger.
    const back = await discard(elsewhere.runFolder);
    expect(back.copies).toEqual([{ output, now: "restored", restored: first.runFolder }]);
    expect(back.sentence).toContain(`is that of ${path.basename(first.runFolder)} again`);
    expect(bytes()).toBe(one);

    const gone = await discard(first.runFolder);
    expect(gone.copies).toEqual([{ output, now: "removed", restored: null }]);
    expect(existsSync(output)).toBe(false);
    expect(isKept(first.runFolder, "used")).toBe(false);
    expect(readRunRecord(first.runFolder)?.copies).toBeUndefined();
    expect(readSummary(first.runFolder)?.run.discardedAt).toEqual(expect.any(String));

    await use(second.runFolder);
    expect(bytes()).toBe(two);
    expect(readSummary(second.runFolder)?.run.discardedAt).toBeUndefined();
  });

  it("leave what stands there where they come to nothing, also of another checkpoint", async () => {
    const good = await tune();
    const before = bytes();
    configure(unreachable);
    expect(await tune({ seed: 1 })).toMatchObject({ decision: "doNotUse", output: null });
    const later = path.join(workspace.folder, "checkpoints/epoch-11.safetensors");
    writeFileSync(later, readFileSync(workspace.checkpoint));
    const bad = await tune({ checkpoint: later });
    expect(bad).toMatchObject({ decision: "doNotUse", output: null });
    expect(bytes()).toBe(before);

    const used = await use(bad.runFolder);
    expect(used).toMatchObject({ advised: false, output });
    expect(used.sentence).toContain(`The verdict advises against it: ${bad.verdict?.sentence}`);
    expect(used.sentence).toContain("comes closest");
    expect(await holdsHeadOf(bad.runFolder)).toBe(true);
    expect((await discard(bad.runFolder)).copies).toMatchObject([
      { now: "restored", restored: good.runFolder },
    ]);
    expect(bytes()).toBe(before);
  });

  it("do not come back where the verdict is against them, or their checkpoint is another by now", async () => {
    const old = await tune();
    configure(unreachable);
    const [against, last] = [await tune({ seed: 1 }), await tune({ seed: 2 })];
    await use(against.runFolder);
    await use(last.runFolder);
    writeFileSync(workspace.checkpoint, readFileSync(output));
    await expect(use(old.runFolder)).rejects.toThrow(/another than the run .* tuned/);
    expect((await discard(last.runFolder)).copies).toEqual([{ output, now: "removed", restored: null }]);
    expect(existsSync(output)).toBe(false);
  });
});

describe("nothing of others", () => {
  it("is replaced without being asked, or taken away", async () => {
    const { runFolder } = await tune();
    const ours = bytes();
    writeFileSync(output, readFileSync(workspace.checkpoint));
    const theirs = bytes();
    await expect(use(runFolder)).rejects.toThrow(/is not what SelMix wrote there/);
    expect(bytes()).toBe(theirs);
    const { copies, sentence } = await discard(runFolder);
    expect(copies).toEqual([{ output, now: "left", restored: null }]);
    expect(sentence).toContain("is left");
    expect(bytes()).toBe(theirs);
    await use(runFolder, { replace: true });
    expect(bytes()).toBe(ours);
    renameSync(output, `${output}.mine`);
    expect((await discard(runFolder)).copies).toEqual([{ output, now: "gone", restored: null }]);
    expect(bytes(`${output}.mine`)).toBe(ours);
  });

  it("is reached by what a run folder says that came with the workspace", async () => {
    const { runFolder } = await tune();
    const before = bytes();
    const outside = mkdtempSync(path.join(os.tmpdir(), "selmix-outside-"));
    const secret = path.join(outside, "secret.safetensors");
    writeFileSync(secret, readFileSync(workspace.checkpoint));
    const [copy] = readRunRecord(runFolder)?.copies ?? [];
    amend(runFolder, { checkpoint: secret });
    await expect(use(runFolder)).rejects.toThrow(/none of the workspace/);
    amend(runFolder, {
      checkpoint: workspace.checkpoint,
      copies: [{ output: secret, sha256: copy?.sha256 ?? "", at: "" }],
    });
    await expect(discard(runFolder)).rejects.toThrow(/leads out of the workspace/);
    await expect(use(runFolder, { output: secret })).rejects.toThrow(/leads out of the workspace/);
    await expect(use(runFolder, { output: workspace.checkpoint })).rejects.toThrow(/checkpoint itself/);
    // A place of the user's, with the hash of what is there: only what we know to have written goes.
    const own = path.join(workspace.folder, "own.safetensors");
    writeFileSync(own, readFileSync(output));
    amend(runFolder, { copies: [{ output: own, sha256: copy?.sha256 ?? "", at: "" }] });
    expect((await discard(runFolder)).copies).toEqual([{ output: own, now: "left", restored: null }]);
    expect([existsSync(own), existsSync(secret), bytes()]).toEqual([true, true, before]);
    rmSync(outside, { recursive: true });
  });
});

it("a copy elsewhere is taken back with that in its place", async () => {
  const { runFolder } = await tune();
  const elsewhere = path.join(workspace.folder, "best.safetensors");
  await use(runFolder, { output: elsewhere });
  expect(bytes(elsewhere)).toBe(bytes());
  await use(runFolder, { output: elsewhere });
  expect((await discard(runFolder)).copies).toEqual([
    { output, now: "removed", restored: null },
    { output: elsewhere, now: "removed", restored: null },
  ]);
  expect([existsSync(output), existsSync(elsewhere)]).toEqual([false, false]);
});

it("a baseline that is to be used is taken up as what it is", async () => {
  open({ "tuning.steps": 1, "tuning.learningRate": 1e-9 });
  const run = await tune();
  expect(run.decision).toBe("useBaseline");
  const before = bytes();
  await discard(run.runFolder);
  expect(existsSync(output)).toBe(false);
  const used = await use(run.runFolder);
  expect(used).toMatchObject({ baseline: run.verdict?.baseline, advised: true });
  expect(used.sentence).toMatch(/: the head of (logit adjustment|tuned bias), of /);
  expect(bytes()).toBe(before);
});

it("a run without a head to use says so, and one that is at work is let be", async () => {
  const { runFolder } = await tune();
  const before = bytes();
  rmSync(path.join(runFolder, "result.json"));
  await expect(use(runFolder)).rejects.toThrow(/came to no verdict/);
  amend(runFolder, { state: "running", pid: process.pid });
  for (const job of [use, discard]) await expect(job(runFolder)).rejects.toThrow(/still at work/);
  await expect(use(workspace.folder)).rejects.toThrow(/is no run folder/);
  expect(bytes()).toBe(before);
});

it("a checkpoint that is gone is asked for", async () => {
  const { runFolder } = await tune();
  renameSync(workspace.checkpoint, `${workspace.checkpoint}.away`);
  const before = bytes();
  await expect(use(runFolder)).rejects.toThrow(/is gone; put that checkpoint back/);
  expect(bytes()).toBe(before);
});
