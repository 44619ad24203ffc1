/**
 * The paper's own case from nothing: checkpoints, rivals, SelMix's head and whole network, and the tables. About an hour on one core
 * for Fashion-MNIST; what is there is not made or measured twice, so that it can be stopped and gone on with.
 *
 *     apt-get install dataset-fashion-mnist
 *     pip install torch==2.13.0 numpy scikit-learn safetensors        # PYTHON names another interpreter than python
 *     npm run bench:paper
 *     npm run bench:paper -- --cifar10 cifar-10-batches-bin           # or --cifar100 <folder>: tables in .cache/paper/, wants a GPU
 *
 * `--seeds 0`, `--whole-seeds 0,1,2` (0 when left out: it takes a minute or two a run), `--steps <of training>`, `--whole-steps <of the whole network>` and
 * `--home <folder>` make a part, or something else.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    cifar10: { type: "string" },
    cifar100: { type: "string" },
    seeds: { type: "string", default: "0,1,2" },
    "whole-seeds": { type: "string" },
    steps: { type: "string" },
    "whole-steps": { type: "string" },
    home: { type: "string", default: path.resolve(import.meta.dirname, "../../.cache/paper") },
  },
});
const data = values.cifar10 ? "cifar10" : values.cifar100 ? "cifar100" : "fashion-mnist";
const folder = values.cifar10 ?? values.cifar100;
const source = folder === undefined ? [] : ["--source", path.resolve(folder)];
const home = ["--home", path.resolve(values.home)];
const given = (name: "steps" | "whole-seeds" | "whole-steps") =>
  values[name] === undefined ? [] : [`--${name}`, values[name]];

const python = process.env.PYTHON ?? "python";
const set = ["--data", data, ...source, ...home];
const steps: readonly (readonly [string, string, ...string[]])[] = [
  [python, "checkpoints.py", ...set, "--seeds", ...values.seeds.split(","), ...given("steps")],
  [python, "heads.py", ...home],
  [
    process.execPath,
    "measure.ts",
    ...set,
    "--seeds",
    values.seeds,
    ...given("whole-seeds"),
    ...given("whole-steps"),
  ],
];

for (const [program, script, ...args] of steps) {
  console.log(`${script} ...`);
  const { status, error } = spawnSync(program, [path.join(import.meta.dirname, script), ...args], {
    stdio: "inherit",
  });
  if (status !== 0) {
    console.error(`${script} ended with ${error?.message ?? `status ${status}`}.`);
    process.exit(1);
  }
}
