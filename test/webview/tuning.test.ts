/** The Tuning panel of the sidebar, in Chromium, in every theme, as narrow as a sidebar gets. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TuningState } from "../../src/protocol/tuning.ts";
import { launchChromium, PanelPage, screenshotPath, themeNames } from "../support/chromium.ts";
import { expectAccessible } from "./openPanel.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const backend = {
  name: "wasm",
  device: "CPU (SIMD)",
  why: "the job is small: it ends before a GPU has started",
};

function stateOf(change: Partial<TuningState> = {}): TuningState {
  return {
    trusted: true,
    ofScores: false,
    hasFolder: true,
    configurations: [{ path: "/ws/selmix.json", name: "ws" }],
    configuration: {
      path: "/ws/selmix.json",
      error: null,
      objective: "minRecall",
      constraints: [
        { text: "coverage of every class ≥ 9.5 %", status: "holds" },
        { text: "recall of t-shirt, trouser ≥ 80 %", status: "missed" },
        { text: "precision of a class with a very long name indeed ≥ 50 %", status: null },
      ],
      autoRetune: true,
    },
    objectives: [
      { id: "minRecall", name: "worst class", sentence: "Raises the recall of the worst class." },
      { id: "meanRecall", name: "mean recall", sentence: "Raises the average recall over classes." },
    ],
    checkpoints: [
      { path: "/ws/checkpoints/epoch_12.pt", name: "epoch_12", detail: "3 min ago" },
      { path: "/ws/checkpoints/epoch_11.pt", name: "epoch_11", detail: "2 h ago" },
    ],
    checkpoint: null,
    backend: { setting: "auto", last: backend, install: null },
    progress: null,
    waiting: null,
    baseline: null,
    last: {
      kind: "done",
      checkpoint: "epoch_12",
      text: "Use it",
      why: "Worst-class recall rose by 46.0 points (+41.2 to +50.1) on test, 28.1 % → 74.1 %; t-shirt loses most, 97.1 % → 79.4 %; accuracy 84.7 % → 85.8 % on test.",
      detail: "on test, all constraints hold, just now",
      runFolder: "/ws/.selmix/runs/a",
      actions: [
        { action: "revealOutput", label: "Reveal" },
        { action: "copyLoadingSnippet", label: "Copy loading snippet" },
        { action: "discardRun", label: "Discard" },
      ],
    },
    ...change,
  };
}

const running = {
  checkpoint: "epoch_12",
  message: "Step 400 of 2000",
  step: 400,
  steps: 2000,
  stopping: false,
  runFolder: "/ws/.selmix/runs/b",
};

const processor = "AMD EPYC 7763 64-Core Processor";
const install = { packageName: "@tensorflow/tfjs-node-gpu", step: 0, steps: 1600e6, failed: false };

/** The backend line in each of its states. */
const backends: Record<
  string,
  { backend: Partial<TuningState["backend"]> } & Partial<Omit<TuningState, "backend">>
> = {
  "backend-none-yet": { backend: { last: null }, last: null },
  "backend-small-job": { backend: { last: { ...backend, device: processor } } },
  "backend-forced": {
    backend: {
      setting: "webgpu",
      last: { name: "webgpu", device: "nvidia-h200 (NVIDIA: 550.54.15)", why: "chosen by you" },
    },
  },
  "backend-forced-for-the-next-run": { backend: { setting: "tensorflow" } },
  "backend-tensorflow": {
    backend: {
      last: {
        name: "tensorflow",
        device: processor,
        why: "fastest for this job by what was measured here: about 62 s, against wasm 189 s",
      },
    },
  },
  "backend-refused": {
    backend: {
      last: {
        name: "wasm",
        device: processor,
        why: "fastest for this job by what was measured here: about 189 s, against tensorflow 231 s. webgpu computes wrong numbers here (a training step is off by 0.31): update the GPU's driver, or use wasm.",
      },
    },
  },
  "backend-gpu-package-on-cpu": {
    backend: {
      last: {
        name: "wasm",
        device: processor,
        why: "TensorFlow found no usable GPU and runs on the CPU: the CUDA 11.2 or cuDNN 8.1 libraries that TensorFlow 2.9 needs are missing: install those versions and put their folder on LD_LIBRARY_PATH, or use the webgpu backend, which needs no CUDA.",
      },
    },
  },
  "backend-not-installed": {
    backend: { setting: "tensorflow-gpu" },
    last: {
      kind: "failed",
      checkpoint: "epoch_12",
      text: "The backend tensorflow-gpu cannot be used: @tensorflow/tfjs-node-gpu is not installed; `selmix backends --install tensorflow-gpu` installs it.",
      why: "",
      detail: "",
      runFolder: null,
      actions: [],
    },
  },
  "backend-installing": {
    backend: { install: { ...install, step: 612e6, message: "612 of about 1600 MB on disk" } },
  },
  "backend-install-failed": {
    backend: {
      install: {
        ...install,
        failed: true,
        message:
          "@tensorflow/tfjs-node-gpu 4.22.0 was not installed: the network did not reach the npm registry or storage.googleapis.com: check the connection and the HTTPS_PROXY setting.",
      },
    },
  },
};

const recallRow = (name: string, value: number, low: number, high: number, samples: string) => ({
  ...{ name, recall: { value, low, high }, text: `${(100 * value).toFixed(1)} %` },
  detail: `${Math.round(100 * low)} to ${Math.round(100 * high)} %, ${samples}`,
});

const baseline: NonNullable<TuningState["baseline"]> = {
  kind: "known",
  baseline: {
    title: "epoch_12 as it is, recall on test",
    classes: [
      recallRow("shirt", 0.341, 0.312, 0.371, "1,000 samples"),
      recallRow("pullover", 0.655, 0.625, 0.684, "1,000 samples"),
      recallRow(
        "a class with a very long name indeed, longer than any sidebar",
        0.7,
        0.4,
        0.89,
        "10 samples",
      ),
    ],
    groups: [recallRow("shirt in outdoors", 0.02, 0, 0.11, "48 samples")],
    advice:
      "shirt is 49 points below the mean recall of 83 %, more than chance explains: worst class is the objective for that.",
  },
};

const states: Record<string, Partial<TuningState>> = {
  baseline: { baseline, last: null },
  "baseline-failed": {
    last: null,
    baseline: { kind: "failed", message: "features/validation.npz: the table has no labels; export them." },
  },
  ...Object.fromEntries(
    Object.entries(backends).map(([name, change]) => [
      name,
      { ...change, backend: { ...stateOf().backend, ...change.backend } },
    ]),
  ),
  ready: {},
  running: { progress: running, waiting: "epoch_13" },
  failed: {
    last: {
      kind: "failed",
      checkpoint: "epoch_12",
      text: "features/train.npz: the table has no labels; export them.",
      why: "",
      detail: "",
      runFolder: null,
      actions: [],
    },
  },
  "no-configuration": { configuration: null, configurations: [], checkpoints: [], last: null },
  "no-folder": { configuration: null, configurations: [], checkpoints: [], last: null, hasFolder: false },
  "no-checkpoint": { checkpoints: [], last: null },
  "no-scores": { checkpoints: [], last: null, ofScores: true },
  broken: {
    configuration: {
      path: "/ws/selmix.json",
      error: 'Line 3: Unknown key "objektive"; did you mean "objective"?',
      objective: "minRecall",
      constraints: [],
      autoRetune: false,
    },
  },
  untrusted: { trusted: false },
};

async function open(state: TuningState, height = 620, width = 320) {
  const page = await PanelPage.open(browser, "tuning", { width, height });
  await page.waitForPosted("ready");
  await page.send({ type: "state", state });
  await page.page.locator(".notice, .buttons:visible").first().waitFor();
  await page.drawn();
  return page;
}

it.each(Object.keys(states))("%s reads well in every theme, and is accessible", async (name) => {
  // Tall enough for the backend line, which the foot would cover.
  const page = await open(stateOf(states[name]), name.startsWith("backend") ? 860 : 620);
  for (const theme of themeNames) {
    await page.setTheme(theme);
    await page.page.screenshot({ path: screenshotPath(theme, `tuning-${name}`) });
    await expectAccessible(page);
  }
  const overflow = await page.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(overflow).toBe(false);
  await page.close();
});

it("shows whom a checkpoint fails before any tuning, to scale", async () => {
  const page = await open(stateOf(states.baseline), 860);
  const card = page.page.getByTestId("baseline");
  await card.getByText("more than chance explains").waitFor();
  const rows = card.locator("li");
  expect(await rows.count()).toBe(4);
  const boxOf = async (part: string) => {
    const box = await rows.first().locator(part).boundingBox();
    return box ?? { x: Number.NaN, width: Number.NaN };
  };
  const [scale, interval, point] = [await boxOf(".scale"), await boxOf(".interval"), await boxOf(".point")];
  expect((interval.x - scale.x) / scale.width).toBeCloseTo(0.312, 2);
  expect(interval.width / scale.width).toBeCloseTo(0.059, 2);
  expect((point.x + point.width / 2 - scale.x) / scale.width).toBeCloseTo(0.341, 2);
  await page.send({ type: "state", state: stateOf() });
  await card.waitFor({ state: "hidden" });
  await page.close();
});

it("sends what the user chooses, by keyboard alone", async () => {
  const page = await open(stateOf());
  const objective = page.page.getByTestId("objective");
  await objective.focus();
  await page.page.keyboard.press("ArrowDown");
  expect(await page.waitForPosted("objective")).toMatchObject({ objective: "meanRecall" });
  await page.page.getByTestId("auto-retune").focus();
  await page.page.keyboard.press("Space");
  expect(await page.waitForPosted("autoRetune")).toMatchObject({ on: false });
  await page.page.getByRole("button", { name: /^Edit: recall of t-shirt/ }).focus();
  await page.page.keyboard.press("Enter");
  expect(await page.waitForPosted("editConstraint")).toMatchObject({ index: 1 });
  await page.page.getByRole("button", { name: /^Remove: coverage/ }).click();
  expect(await page.waitForPosted("removeConstraint")).toMatchObject({ index: 0 });
  await page.page.getByTestId("tune").focus();
  await page.page.keyboard.press("Enter");
  await page.waitForPosted("tune");
  await page.close();
});

it("chooses a checkpoint, and the newest again", async () => {
  const page = await open(stateOf());
  const checkpoint = page.page.getByTestId("checkpoint");
  await checkpoint.click();
  await checkpoint.getByText("epoch_11").click();
  expect(await page.waitForPosted("checkpoint")).toMatchObject({ path: "/ws/checkpoints/epoch_11.pt" });
  await page.send({ type: "state", state: stateOf({ checkpoint: "/ws/checkpoints/epoch_11.pt" }) });
  await checkpoint.click();
  await checkpoint.getByText("Newest").last().click();
  expect(await page.waitForPosted("checkpoint", 1)).toMatchObject({ path: null });
  await page.close();
});

it("follows a tune: progress, Stop, the result; a state that arrives sends nothing back", async () => {
  const page = await open(stateOf({ progress: running }));
  const bar = page.page.getByRole("progressbar");
  await page.page.getByText("epoch_12: Step 400 of 2000").first().waitFor();
  await expect.poll(() => bar.getAttribute("aria-valuenow")).toBe("400");
  await page.page.getByTestId("stop").click();
  expect(await page.waitForPosted("command")).toMatchObject({ command: "stop" });
  await page.send({ type: "state", state: stateOf() });
  await page.page.getByText("epoch_12: Use it").first().waitFor();
  await bar.waitFor({ state: "hidden" });
  await page.page.getByRole("button", { name: "Show recall" }).click();
  expect(await page.waitForPosted("show")).toMatchObject({
    panel: "recall",
    runFolder: "/ws/.selmix/runs/a",
  });
  await page.page.getByRole("button", { name: "Discard" }).click();
  expect(await page.waitForPosted("run")).toMatchObject({
    action: "discardRun",
    runFolder: "/ws/.selmix/runs/a",
  });
  expect((await page.posted()).map(({ type }) => type)).toEqual(["ready", "command", "show", "run"]);
  await page.close();
});

it("keeps the focus while states arrive", async () => {
  const page = await open(stateOf());
  await page.page.getByTestId("objective").focus();
  await page.send({ type: "state", state: stateOf({ progress: running }) });
  await page.page.getByTestId("stop").waitFor();
  const focused = await page.page.evaluate(() => document.activeElement?.getAttribute("data-testid"));
  expect(focused).toBe("objective");
  await page.close();
});

it("offers no tune where there is nothing to tune, or no trust", async () => {
  for (const state of [stateOf({ trusted: false }), stateOf({ checkpoints: [] })]) {
    const page = await open(state);
    expect(await page.page.getByTestId("tune").isVisible()).toBe(false);
    await page.close();
  }
});

it("has one primary button in every state", async () => {
  for (const name of ["ready", "no-configuration", "no-folder", "no-checkpoint", "no-scores"]) {
    const page = await open(stateOf(states[name]));
    const primary = page.page.locator("vscode-button[appearance=primary]:visible");
    expect([name, await primary.count()]).toEqual([name, 1]);
    await page.close();
  }
});

it.each([200, 320])(
  "in a low sidebar, %i pixels wide, all can be scrolled into view above the foot",
  async (width) => {
    const page = await open(stateOf(), 290, width);
    const foot = (await page.page.locator(".work").boundingBox()) ?? { y: 0, height: Number.NaN };
    expect(foot.height).toBeLessThan(70);
    for (const name of ["Discard", "Edit: recall of t-shirt", "Choose backend"]) {
      const button = page.page.getByRole("button", { name });
      await button.focus();
      const box = (await button.boundingBox()) ?? { y: Number.NaN, height: 0 };
      expect([name, box.y + box.height <= foot.y && box.y >= 0]).toEqual([name, true]);
    }
    for (const theme of themeNames) {
      await page.setTheme(theme);
      await page.page.screenshot({ path: screenshotPath(theme, `tuning-low-${width}`) });
    }
    await page.close();
  },
);

it("a save's result keeps the focus, and the card says the decision before all else", async () => {
  const page = await open(stateOf({ progress: running }));
  await page.page.getByTestId("stop").focus();
  await page.send({ type: "state", state: stateOf() });
  await page.page.getByTestId("last-run").waitFor();
  expect(await page.page.evaluate(() => document.activeElement?.getAttribute("data-testid"))).toBe("tune");
  const text = (await page.page.getByTestId("last-run").textContent()) ?? "";
  expect(text).toMatch(/^epoch_12: Use itWorst-class recall rose by/);
  await page.page.getByRole("button", { name: "Copy loading snippet" }).click();
  expect(await page.waitForPosted("run")).toMatchObject({ action: "copyLoadingSnippet" });
  await page.close();
});
