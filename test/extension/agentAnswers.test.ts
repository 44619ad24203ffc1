/** What agents are answered: from real run folders, in words that say no more than the runs do. */
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runJob } from "../../src/engine/process/jobs.ts";
import {
  checkpointMeant,
  compareAnswer,
  evaluateAnswer,
  explainAnswer,
  inspectAnswer,
  NotThere,
  runMeant,
} from "../../src/extension/agent/answers.ts";
import type { RunEntry } from "../../src/extension/runList.ts";
import { listRunFolders, readSummary } from "../../src/project/readRuns.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

let workspace: Workspace;
let entries: RunEntry[] = [];
const context = {
  ...{ progress: () => undefined, cycle: () => undefined, program: () => undefined },
  signal: new AbortController().signal,
};

beforeAll(async () => {
  workspace = exampleWorkspace({ "tuning.controls": "none", "tuning.steps": 60 });
  for (const seed of [0, 1]) {
    const request = {
      configurationPath: workspace.configuration,
      checkpoint: null,
      seed,
      trigger: "user",
    } as const;
    await runJob<"tune">({ kind: "tune", request }, context);
  }
  entries = listRunFolders(workspace.folder).flatMap((folder, at) => {
    const summary = readSummary(folder);
    const said = { pinned: false, name: at === 0 ? "the newer one" : "", note: "" };
    return summary ? [{ folder, configuration: workspace.configuration, ...said, ...summary }] : [];
  });
}, 120_000);
afterAll(() => rmSync(workspace.folder, { recursive: true, force: true }));

describe("a run", () => {
  it("is explained with its verdict, its numbers and no path of this machine", () => {
    const [newest] = entries;
    if (newest === undefined) throw new Error("two runs");
    const answer = explainAnswer(newest.folder);
    expect(answer).toContain(path.basename(newest.folder));
    expect(answer).toContain("worst-class recall rose by");
    expect(answer).toMatch(/\| shirt \|/);
    expect(answer).not.toContain(workspace.folder);
  });

  it("is meant by its folder, by its name, or as the newest; others are told which there are", () => {
    const [newest, older] = entries;
    expect(runMeant(entries, undefined)).toBe(newest);
    expect(runMeant(entries, "the newer one")).toBe(newest);
    expect(runMeant(entries, older?.folder)).toBe(older);
    expect(() => runMeant(entries, "nothing")).toThrow(NotThere);
    expect(() => runMeant(entries, "nothing")).toThrow(/There are: .*seed 1/);
    expect(() => runMeant([], undefined)).toThrow(/tune a checkpoint first/);
  });

  it("is compared with another by what was asked for, and by what came", () => {
    const answer = compareAnswer(entries.map(({ folder }) => folder));
    expect(answer).toContain("seed (A 1, B 0)");
    expect(answer).toMatch(/\| Worst-class recall \|/);
    expect(() => compareAnswer([entries[0]?.folder ?? ""])).toThrow(/Fewer than two/);
  });

  it("that came to no result is said to have none", () => {
    expect(() => explainAnswer(workspace.folder)).toThrow(/came to no result/);
  });
});

describe("a checkpoint", () => {
  it("is meant by its name, its file or as the newest", () => {
    const all = [{ path: "/a/epoch-2.pt" }, { path: "/a/epoch-1.pt" }];
    const nameOf = ({ path: file }: { path: string }) => path.basename(file, ".pt");
    expect(checkpointMeant(all, nameOf, undefined)).toBe(all[0]);
    expect(checkpointMeant(all, nameOf, "epoch-1")).toBe(all[1]);
    expect(checkpointMeant(all, nameOf, "other/epoch-1.pt")).toBe(all[1]);
    expect(() => checkpointMeant(all, nameOf, "epoch-3")).toThrow(/There are: epoch-2, epoch-1/);
    expect(() => checkpointMeant([], nameOf, undefined)).toThrow(/names a checkpoint/);
  });

  it("is inspected and evaluated in words", async () => {
    const request = { checkpoint: workspace.checkpoint, configurationPath: workspace.configuration };
    const inspected = inspectAnswer(await runJob<"inspect">({ kind: "inspect", ...request }, context));
    expect(inspected).toMatch(/The head is `fc\.weight` and `fc\.bias`: 10 classes/);
    expect(inspected).not.toContain(workspace.folder);
    const measured = evaluateAnswer(
      "epoch-10",
      await runJob<"evaluate">({ kind: "evaluate", ...request }, context),
    );
    expect(measured).toMatch(/worst class shirt 34/);
    expect(measured).toMatch(/- shirt: recall 34\.1/);
  });
});
