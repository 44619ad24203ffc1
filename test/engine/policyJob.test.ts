import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type PolicyAnswer, type PolicyRequest, policyJob } from "../../src/engine/policy/policyJob.ts";
import { type PolicyRecording, stopRun } from "../../src/engine/policy/policyRun.ts";
import { readState } from "../../src/engine/policy/policyState.ts";
import { writeTrainingScript } from "../../src/engine/policy/trainingScript.ts";
import { type Prepared, prepare } from "../../src/engine/problem/prepare.ts";
import { settingsOf } from "../../src/engine/problem/settings.ts";
import { objectiveIds } from "../../src/metrics/catalogue.ts";
import { loadProject } from "../../src/project/load.ts";
import { readRun } from "../../src/project/readRuns.ts";
import { needsGroups } from "../../src/selmix/confusion/objectives.ts";
import { chooseStart } from "../../src/selmix/heads/start.ts";
import { Random } from "../../src/selmix/random.ts";
import { Memory } from "../../src/selmix/steering/memory.ts";
import { goalOf } from "../../src/selmix/steering/settings.ts";
import { tensors } from "../../src/selmix/tensors/tensors.ts";
import { Course, type CycleReport } from "../../src/selmix/training/course.ts";
import { HeadRun } from "../../src/selmix/training/headRun.ts";
import { Validation } from "../../src/selmix/validation/validation.ts";
import { useBackend } from "../selmix/backend.ts";
import { whole } from "../support/whole.ts";

const example = path.resolve(import.meta.dirname, "../../examples/fashion-mnist-lt");
const trainCounts = [5000, 2997, 1797, 1077, 646, 387, 232, 139, 83, 50];
let folder: string;
let request: PolicyRequest;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-policy-"));
  for (const part of ["selmix.json", "features", "checkpoints"]) {
    cpSync(path.join(example, part), path.join(folder, part), { recursive: true });
  }
  request = {
    steering: path.join(folder, "features/validation.safetensors"),
    head: path.join(folder, "checkpoints/epoch-10.safetensors"),
    configurationPath: path.join(folder, "selmix.json"),
    objective: "minRecall",
    state: path.join(folder, "state.json"),
  };
});

const total = (matrix: PolicyAnswer["policy"]) => matrix.flat().reduce((sum, share) => sum + share, 0);

describe("one cycle's decision", () => {
  it("weighs the worst class most, and draws the pairs that are worth most", async () => {
    const answer = await policyJob(request);
    const worst = answer.validation.recall.indexOf(answer.validation.minRecall ?? null);
    expect(answer.multipliers.objective.indexOf(Math.max(...answer.multipliers.objective))).toBe(worst);
    expect(total(answer.policy)).toBeCloseTo(1, 9);
    const gains = answer.gain.flat();
    const shares = answer.policy.flat();
    expect(shares.indexOf(Math.max(...shares))).toBe(gains.indexOf(Math.max(...gains)));
    expect(answer.positiveGains).toBe(gains.filter((gain) => gain > 0).length);
    expect(answer).toMatchObject({ cycle: 0, best: true, biasChange: null, test: null, runFolder: null });
  });

  it("needs no configuration", async () => {
    const { configurationPath, ...alone } = request;
    const answer = await policyJob({ ...alone, state: undefined });
    expect(answer.gain).toEqual((await policyJob({ ...request, state: undefined })).gain);
  });

  it("starts from the best logit adjustment when it knows the prior", async () => {
    const plain = await policyJob({ ...request, state: undefined });
    const adjusted = await policyJob({ ...request, trainCounts });
    expect(adjusted.value).toBeGreaterThan(plain.value);
    expect(adjusted.biasChange?.reduce((sum, change) => sum + change, 0)).toBeCloseTo(0, 4);
    expect((await policyJob({ ...request, trainCounts })).biasChange).toBeNull();
  });

  it("remembers A, temperature and the best head from call to call", async () => {
    await policyJob({ ...request, trainCounts });
    const second = await policyJob({ ...request, trainCounts });
    const forgetful = await policyJob({ ...request, state: undefined });
    expect(second).toMatchObject({ cycle: 1, best: false });
    expect(second.gain).not.toEqual(forgetful.gain);
  });

  it("never draws a class without training samples", async () => {
    const answer = await policyJob({ ...request, trainCounts: [0, ...trainCounts.slice(1)] });
    expect(answer.policy[0]).toEqual(answer.policy[0].map(() => 0));
    expect(answer.policy.map(([first]) => first)).toEqual(answer.policy.map(() => 0));
    expect(total(answer.policy)).toBeCloseTo(1, 9);
  });

  it.each([
    ["a state of another objective", { objective: "hMean" as const }, /remembers cycles for minRecall/],
    ["counts of other classes", { trainCounts: [1, 2, 3] }, /3 training counts for 10 classes/],
  ])("refuses %s in a sentence", async (_what, change, sentence) => {
    await policyJob(request);
    await expect(policyJob({ ...request, ...change })).rejects.toThrow(sentence);
  });

  it("refuses a state of other classes in a sentence", async () => {
    await policyJob(request);
    const file = path.join(folder, "state.json");
    const state = JSON.parse(readFileSync(file, "utf8"));
    state.memory.averaged = Buffer.alloc(8 * 81).toString("base64");
    writeFileSync(file, JSON.stringify(state));
    await expect(policyJob(request)).rejects.toThrow(/of a run with other classes or groups/);
  });

  it("refuses a state that is no state", async () => {
    writeFileSync(path.join(folder, "state.json"), "{}");
    await expect(policyJob(request)).rejects.toThrow(/is no state of a policy/);
  });
});

/** The first cycle of a run on a head in the network's own coordinates, which are those of a training loop that is not ours. */
async function firstCycle(prepared: Prepared): Promise<{ kind: string; first: CycleReport }> {
  const { problem, trainCounts } = prepared;
  const settings = { ...settingsOf(prepared), steps: 10 };
  const goal = goalOf(settings);
  const validation = new Validation(problem, tensors);
  const { head, start, spread } = await chooseStart(problem, settings, validation, trainCounts);
  const cycles: CycleReport[] = [];
  const course = new Course<null>(
    problem,
    10,
    goal,
    (report) => void cycles.push(report),
    Course.from(spread),
  );
  const carried = { memory: new Memory(settings.temperature), random: new Random(0), compute: tensors };
  const run = new HeadRun(problem, settings, validation, head, {
    ...{ ...carried, course, offsets: true },
    keep: () => null,
  });
  await run.along({ from: 0, to: 10 });
  await run.end(10);
  run.dispose();
  validation.dispose();
  return { kind: start.kind, first: cycles[0] };
}

describe("steers and selects as tune does", () => {
  it.each(objectiveIds.filter((id) => !needsGroups(id)))(
    "%s: the first call decides what tune's first cycle does",
    async (objective) => {
      const project = loadProject(path.join(folder, "selmix.json"));
      project.configuration.constraints.push({ metric: "coverage", atLeast: 0.09 });
      writeFileSync(path.join(folder, "selmix.json"), JSON.stringify(project.configuration));
      const prepared = await prepare(
        { ...project, configuration: { ...project.configuration, objective } },
        request.head,
      );
      await useBackend("wasm");
      const { kind, first } = await firstCycle(prepared);
      await prepared.close();
      const answer = await policyJob({ ...request, objective, trainCounts });
      const { direction, counts } = first;
      if (direction === null) throw new Error("no direction");
      expect(answer.biasChange !== null).toBe(kind === "logitAdjusted");
      const recall = Array.from({ length: 10 }, (_, k) => whole(counts)[11 * k] / 500);
      expect(answer.validation.recall).toEqual(recall);
      answer.multipliers.constraints.forEach((multiplier, at) => {
        expect(multiplier).toBeCloseTo(direction.steering.constraintMultipliers[at], 3);
      });
      const probabilities = whole(direction.policy.probabilities);
      answer.policy.flat().forEach((share, at) => {
        expect(share).toBeCloseTo(probabilities[at], 4);
      });
    },
  );

  it("keeps the start unless a head is better", async () => {
    const { best } = await policyJob({ ...request, trainCounts });
    expect(best).toBe(true);
    // The checkpoint itself is worse than its adjustment.
    expect((await policyJob({ ...request, trainCounts })).best).toBe(false);
    const selection = readState(request.state, "minRecall")?.course.selection;
    expect(selection?.threshold.value).toBe(selection?.best.value);
  });
});

describe("recording a run", () => {
  const at = (step: number, output?: string): PolicyRequest => {
    const record: PolicyRecording = {
      checkpoint: path.join(folder, "checkpoints/epoch-10.safetensors"),
      ...{ step, steps: 30, cycleSteps: 10, learningRate: 0.01, pid: process.pid },
      device: "PyTorch 2.13 on cpu",
      output,
    };
    const test = step === 0 || output ? path.join(folder, "features/test.safetensors") : undefined;
    return { ...request, trainCounts, record, test };
  };

  it("keeps a folder that can be read while it runs, and has the result at the end", async () => {
    const { runFolder } = await policyJob(at(0));
    if (runFolder === null) throw new Error("no run folder");
    expect(readRun(runFolder)).toMatchObject({ run: { state: "running" }, history: [], result: null });
    await policyJob(at(10));
    await policyJob(at(20));
    expect(readRun(runFolder)?.history.map(({ step }) => step)).toEqual([0, 10]);
    const output = path.join(folder, "tuned.pt");
    await policyJob(at(30, output));
    const snapshot = readRun(runFolder);
    expect(snapshot?.run).toMatchObject({ state: "done", backend: { name: "PyTorch 2.13", device: "cpu" } });
    expect(snapshot?.history.map(({ gainIndex }) => gainIndex)).toEqual([0, 1, 2]);
    expect(snapshot?.result).toMatchObject({ output, objective: "minRecall", steps: 30, runFolder });
    expect(snapshot?.result?.verdict).toMatchObject({ decision: "cannotTell", baseline: null, alone: true });
    // The "network" never moved: before and after differ by nothing but the first call's adjustment, which was undone.
    expect(snapshot?.result?.after).toEqual(snapshot?.result?.before);
    expect(Object.keys(snapshot?.confusion ?? {})).toHaveLength(4);
  });

  it("ends as cancelled when training stops, and stays done when it was done", async () => {
    stopRun(path.join(folder, "state.json"));
    const { runFolder } = await policyJob(at(0));
    stopRun(path.join(folder, "state.json"));
    expect(readRun(runFolder ?? "")?.run).toMatchObject({ state: "cancelled", error: null });
    const again = { ...at(10, path.join(folder, "tuned.pt")), state: path.join(folder, "other.json") };
    const done = await policyJob(again);
    stopRun(again.state);
    expect(readRun(done.runFolder ?? "")?.run.state).toBe("done");
  });

  it("does not go on with a run that has ended", async () => {
    await policyJob(at(0));
    await policyJob(at(10, path.join(folder, "tuned.pt")));
    await expect(policyJob(at(20))).rejects.toThrow(/has ended or is gone/);
  });
});

describe("the PyTorch script", () => {
  it("is written for this configuration, complete, and never over a file", () => {
    const target = path.join(folder, "scripts/finetune.py");
    const configurationPath = path.join(folder, "selmix.json");
    writeTrainingScript(target, { configurationPath, objective: "hMean" });
    const script = readFileSync(target, "utf8");
    expect(script).toContain('"../selmix.json"');
    expect(script).toContain('HEAD = "fc"');
    expect(script).toContain('default="hMean"');
    const [, program = ""] = /SELMIX = \[".*", ?"(.*)"\]/.exec(script) ?? [];
    expect(existsSync(program)).toBe(true);
    expect(() => writeTrainingScript(target, { configurationPath })).toThrow(/exists already/);
  });
});
