import { runJob } from "/work/w17/src/engine/jobs.ts";

const cpu = () => {
  const c = process.cpuUsage();
  return (c.user + c.system) / 1e6;
};
const t0 = cpu(),
  w0 = performance.now();
let mark = t0;
const metric = process.argv[2] ?? "recall";
const kind = process.argv[3] ?? "atLeast";
const objective = process.argv[4] ?? "meanRecall";
const n = Number(process.argv[5] ?? 20);
const classes = process.argv[6] ? [process.argv[6]] : undefined;
const r = (await runJob(
  {
    kind: "sweep",
    configurationPath: "/tmp/w17ex/selmix.json",
    checkpoint: null,
    swept: { metric, kind, ...(classes && { classes }) },
    bounds: n,
    objective,
    trusted: true,
  } as any,
  {
    signal: new AbortController().signal,
    progress(p: any) {
      const now = cpu();
      console.log(p.phase, p.message, (now - mark).toFixed(2));
      mark = now;
    },
    cycle() {},
    program() {},
  } as any,
)) as any;
console.log(
  "cpu",
  (cpu() - t0).toFixed(2),
  "wall",
  ((performance.now() - w0) / 1000).toFixed(2),
  r.sweepFolder,
);
const f = (x: any) => (x === null || x === undefined ? "-" : (100 * x).toFixed(1));
for (const x of r.sweep.references)
  console.log(
    x.id,
    f(x.validation.objective.value),
    f(x.validation.bounded.value),
    "test",
    f(x.test?.objective.value),
    f(x.test?.bounded.value),
  );
for (const p of r.sweep.points)
  console.log(
    f(p.bound),
    f(p.validation.objective.value),
    f(p.validation.bounded.value),
    "test",
    f(p.test?.objective.value),
    f(p.test?.bounded.value),
    p.constraints.at(-1).status,
    p.constraints.at(-1).test?.status,
    p.baseline ?? p.method ?? "-",
    p.verdict.decision,
    p.verdict.reason,
    p.verdict.price?.class,
    f(p.verdict.price?.change),
    p.kept,
  );
process.exit(0);
