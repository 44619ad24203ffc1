/** States of the Tuning panel. */
import type { TuningState } from "../../src/protocol/tuning.ts";

const backend = {
  name: "wasm",
  device: "CPU (SIMD)",
  why: "the job is small: it ends before a GPU has started",
};

/** What the host says of a workspace with a configuration. */
export function stateOf(change: Partial<TuningState> = {}): TuningState {
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

/** A tune on its way. */
export const running = {
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

/** Everything that the panel can say, by name. */
export const states: Record<string, Partial<TuningState>> = {
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
