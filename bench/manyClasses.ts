/** A cycle of thousands of classes on the native backend: its gain and policy beside the validation pass, and what memory both take. */
import { readFileSync } from "node:fs";
import { chooseBackend } from "../src/engine/backends/index.ts";
import { matrixOf } from "../src/selmix/confusion/matrixBuilder.ts";
import { type Head, rowsInMemory } from "../src/selmix/problem.ts";
import { Random } from "../src/selmix/random.ts";
import { BestPartners } from "../src/selmix/steering/bestPartners.ts";
import { type Row, randomValues, row } from "./measure.ts";

/** iNaturalist's classes and validation rows, and a ResNet-50's features. */
const [CLASSES, SIZE, ROWS_A_CLASS] = [8142, 2048, 3];
const LIMIT = 3;
const CYCLES = 4;

async function seconds(operation: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await operation();
  return (performance.now() - started) / 1000;
}

/** A [B,K] as smoothed counts make it: of each row its label and the class it is taken for. */
function someDerivative(random: Random) {
  const rowOf = Array.from({ length: 2 * CLASSES * ROWS_A_CLASS }, (_, at) => Math.floor(at / 2) % CLASSES);
  const columnOf = rowOf.map((b, at) => (at % 2 === 0 ? b : random.integer(CLASSES)));
  const amounts = rowOf.map((_, at) => ((at % 2 === 0 ? 1 : -1) * random.uniform()) / rowOf.length);
  return matrixOf({ rowOf, columnOf, amounts }, CLASSES, CLASSES);
}

export async function benchManyClasses(): Promise<Row[]> {
  const { compute } = await chooseBackend({ forced: "native" });
  const head: Head = {
    classes: CLASSES,
    size: SIZE,
    weight: randomValues(CLASSES * SIZE, 1, 0.1),
    bias: randomValues(CLASSES, 2),
  };
  const count = CLASSES * ROWS_A_CLASS;
  const labels = Int32Array.from({ length: count }, (_, at) => Math.floor(at / ROWS_A_CLASS));
  const set = compute.features(rowsInMemory(randomValues(count * SIZE, 3), SIZE), head);
  const gains = compute.gains(
    randomValues(CLASSES * SIZE, 4),
    Int32Array.from({ length: CLASSES }, (_, k) => k),
    head,
  );
  const allowed = { first: Array(CLASSES).fill(true), second: Array(CLASSES).fill(true) };
  const best = new BestPartners(CLASSES, allowed);
  const derivative = someDerivative(new Random(5));
  const [passes, cycles]: [number[], number[]] = [[], []];
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    passes.push(await seconds(() => set.rivals(head, labels, () => undefined)));
    cycles.push(
      await seconds(async () => {
        await gains.blocks(head, derivative, best);
        const gain = best.gain();
        best.policy(gain, 0.3 * gain.values.reduce((most, value) => Math.max(most, value), 0));
      }),
    );
  }
  const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
  const pass = { name: `validation pass of ${count} rows`, value: median(passes) };
  const [first, ...later] = cycles;
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) / 1024;
  const what = `(${CLASSES}, ${SIZE})`;
  return [
    row(`gain and policy ${what}, first cycle`, first ?? 0, "s", pass),
    row(`gain and policy ${what}, later cycles (at most ${LIMIT} asked)`, median(later), "s", pass),
    row(`gain and pass ${what}: peak memory`, peak, "MB"),
  ];
}

if (import.meta.main) console.log(JSON.stringify(await benchManyClasses(), null, 2));
