import { backendFor } from "/work/w17/src/engine/backend.ts";
import { prepareTables } from "/work/w17/src/engine/checkedTables.ts";
import { chooseCheckpoint } from "/work/w17/src/engine/chooseCheckpoint.ts";
import { measureFitted } from "/work/w17/src/engine/measure.ts";
import { projectOf, settingsOf } from "/work/w17/src/engine/settings.ts";
import { tune } from "/work/w17/src/selmix/tune.ts";

const signal = new AbortController().signal;
const project = projectOf({ configurationPath: "/tmp/w17ex/selmix.json", objective: "minRecall" } as any);
(project.configuration as any).constraints = [{ metric: "accuracy", atLeast: 0.7 }];
const prepared = await prepareTables(project, await chooseCheckpoint(project, null), {
  signal,
  trusted: true,
});
const { compute } = await backendFor(prepared, project.configuration.tuning, {} as any, signal);
for (const b of [0.85, 0.862, 0.868, 0.872, 0.876]) {
  const c = [{ metric: "accuracy" as const, atLeast: b }];
  const r = await tune(prepared.problem, { ...settingsOf(prepared), constraints: c }, { signal }, compute);
  const m = await measureFitted(prepared, r, compute);
  console.log(
    b,
    r.method,
    "val",
    m.validation.evaluation.minRecall,
    m.validation.evaluation.accuracy,
    "test",
    m.test!.evaluation.minRecall,
    m.test!.evaluation.accuracy,
  );
}
process.exit(0);
