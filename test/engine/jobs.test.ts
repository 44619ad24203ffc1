import { existsSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { JobContext } from "../../src/engine/job.ts";
import { runJob } from "../../src/engine/process/jobs.ts";
import { readChanged } from "../../src/engine/verdict/changed.ts";
import { listRunFolders, readGain, readRun } from "../../src/project/readRuns.ts";
import type { JobProgress } from "../../src/protocol/engine.ts";
import type { CycleRecord, TuneResult } from "../../src/protocol/records.ts";
import { exampleWorkspace, type Workspace } from "../support/example.ts";

let workspace: Workspace;
afterEach(() => rmSync(workspace.folder, { recursive: true, force: true }));

interface Heard {
  readonly context: JobContext;
  readonly progress: JobProgress[];
  readonly cycles: CycleRecord[];
  readonly controller: AbortController;
}

function listener(on: (progress: JobProgress, controller: AbortController) => void = () => undefined): Heard {
  const controller = new AbortController();
  const progress: JobProgress[] = [];
  const cycles: CycleRecord[] = [];
  const context: JobContext = {
    signal: controller.signal,
    progress: (step) => {
      progress.push(step);
      on(step, controller);
    },
    cycle: (_folder, cycle) => cycles.push(cycle),
    program: () => undefined,
  };
  return { context, progress, cycles, controller };
}

function tune(heard: Heard, steps = 100): Promise<TuneResult> {
  const request = {
    configurationPath: workspace.configuration,
    checkpoint: null,
    steps,
    trigger: "save" as const,
  };
  return runJob<"tune">({ kind: "tune", request }, heard.context);
}

const theRun = () => readRun(listRunFolders(workspace.folder)[0] ?? "");

describe("a tune", () => {
  it("leaves a run folder that says what it said on the way", async () => {
    workspace = exampleWorkspace({ "tuning.controls": "none" });
    const heard = listener();
    const result = await tune(heard);
    const run = theRun();
    expect(run?.history).toEqual(heard.cycles);
    expect(run?.result).toEqual(result);
    expect(run?.run).toMatchObject({ state: "done", trigger: "save", objective: "minRecall" });
    expect(run?.run.configuration).toMatchObject({ tuning: { steps: 100, batchSize: 64 } });
    const [first] = heard.cycles;
    const kept = readGain(result.runFolder, first?.gainIndex ?? -1, 10);
    // As halves: to a part in 2048.
    expect(kept?.policy.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 3);
    expect(heard.cycles.at(-1)).toMatchObject({ step: 100, measuredChange: null, gainIndex: null });
    expect(heard.progress.map(({ phase }) => phase)).toEqual(
      expect.arrayContaining(["load", "tune", "save"]),
    );
    expect(statSync(path.join(result.runFolder, "gain16.bin")).size % (8 + 4 * 100)).toBe(0);
  });

  it.each(["load", "tune", "save"] as const)("stopped while it says %s writes nothing", async (phase) => {
    workspace = exampleWorkspace({ "tuning.controls": "none" });
    const heard = listener((progress, controller) => progress.phase === phase && controller.abort());
    await expect(tune(heard)).rejects.toThrow();
    expect(theRun()?.run.state).toBe("cancelled");
    expect(existsSync(workspace.output)).toBe(false);
  });

  it("stopped in the controls ends with the tuned checkpoint and the controls that were done", async () => {
    workspace = exampleWorkspace({ "tuning.controls": "all" });
    let stood: TuneResult | null = null;
    const heard = listener(
      // Those that need no training come before the verdict; the result of these stands when they begin.
      ({ phase, step, steps }, controller) => {
        if (phase !== "controls" || steps !== 4) return;
        if (step === 0) stood = theRun()?.result ?? null;
        if (step === 2) controller.abort();
      },
    );
    const result = await tune(heard);
    expect(stood).toMatchObject({ verdict: result.verdict, output: result.output });
    expect(result.controls.map(({ trainingFree }) => trainingFree)).toEqual([true, true, false, false]);
    expect(result.warnings).toEqual([expect.stringContaining("stopped")]);
    expect(theRun()?.run.state).toBe("done");
    expect(existsSync(workspace.output)).toBe(true);
  });

  it("stopped in the controls that the verdict is made with writes nothing", async () => {
    workspace = exampleWorkspace({});
    const heard = listener(
      ({ phase, steps }, controller) => phase === "controls" && steps === 2 && controller.abort(),
    );
    await expect(tune(heard)).rejects.toThrow();
    expect(theRun()?.run.state).toBe("cancelled");
    expect(existsSync(workspace.output)).toBe(false);
  });

  it("keeps the checkpoint where no head keeps every bound, and offers the closest with its price", async () => {
    workspace = exampleWorkspace({
      "tuning.controls": "none",
      constraints: [
        { metric: "coverage", atLeast: 0.05, atMost: 0.2 },
        { metric: "recall", classes: ["shirt"], atLeast: 0.99 },
      ],
    });
    const { constraints, verdict, output, before, after, runFolder } = await tune(listener());
    expect((await readChanged(runFolder)).length).toBeGreaterThan(0);
    expect(verdict).toMatchObject({ decision: "doNotUse", reason: "nothingFeasible", baseline: null });
    expect(output).toBeNull();
    expect(existsSync(workspace.output)).toBe(false);
    expect(after).toEqual(before);
    // The largest miss counts: the closest head may give up a little of one bound for much of another.
    const misses = (verdicts: typeof constraints) =>
      verdicts.map(({ kind, bound, value }) =>
        Math.max(0, (kind === "atLeast" ? 1 : -1) * (bound - (value ?? 0))),
      );
    const closest = misses(verdict?.closest?.constraints ?? []);
    expect(closest).toHaveLength(3);
    expect(Math.max(...closest)).toBeGreaterThan(0);
    expect(Math.max(...closest)).toBeLessThan(Math.max(...misses(constraints)) / 2);
    expect(verdict?.closest?.price?.change).toBeLessThan(0);
    expect(constraints.map(({ kind, bound, satisfied }) => [kind, bound, satisfied])).toEqual([
      ["atLeast", 0.05, false],
      ["atMost", 0.2, true],
      ["atLeast", 0.99, false],
    ]);
    expect(constraints[2]).toMatchObject({ metric: "recall", classes: ["shirt"], status: "missed" });
    for (const { value, low, high, test } of constraints) {
      expect(low).toBeLessThanOrEqual(value ?? Number.NaN);
      expect(high).toBeGreaterThanOrEqual(value ?? Number.NaN);
      expect(test?.value).toBeGreaterThan(0);
    }
  });
});

describe("trust", () => {
  it("is needed to run the workspace's own command", async () => {
    const note = "ran.txt";
    const script = `require("node:fs").writeFileSync("${note}", "")`;
    workspace = exampleWorkspace({ "features.command": [process.execPath, "-e", script] });
    await expect(tune(listener())).rejects.toThrow(/not trusted/);
    expect(existsSync(path.join(workspace.folder, note))).toBe(false);
    expect(theRun()?.run).toMatchObject({ state: "failed", error: expect.stringContaining("not trusted") });
  });
});
