/**
 * Measures what users wait for. `npm run bench`, `-- --json` for a list of {name, value, unit, peer?, ratio?},
 * `-- --backend name` for one backend, `-- --only kernels|example|memory` for a part, `-- --package folder` for a native
 * package that lies elsewhere (`node scripts/tensorflow-addon.ts` prints one).
 *
 * Numbers of one run only compare with each other: each stands beside a peer measured in turn with it.
 */
import { parseArgs } from "node:util";
import { chooseBackend, listBackends } from "../src/engine/backends/index.ts";
import { benchExample } from "./example.ts";
import { benchGain, benchSteps, benchValidation } from "./kernels.ts";
import type { Row } from "./measure.ts";
import { benchMemory } from "./memory.ts";
import { pytorchSteps } from "./pytorch.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    backend: { type: "string" },
    only: { type: "string" },
    package: { type: "string" },
  },
});
const places = values.package === undefined ? {} : { packagePath: values.package };

async function kernels(backend: string): Promise<Row[]> {
  const chosen = await chooseBackend({ forced: backend, ...places });
  const peer = await pytorchSteps();
  const rows: Row[] = [];
  for (const [classes, size] of [
    [10, 128],
    [100, 512],
    [1000, 2048],
  ])
    rows.push(...(await benchGain(classes, size)));
  for (const [classes, size, batch] of [
    [10, 128, 64],
    [100, 512, 128],
    [1000, 2048, 256],
  ]) {
    rows.push(
      ...(await benchSteps(classes, size, batch, { pytorch: peer?.[`${classes},${size},${batch}`] ?? null })),
    );
  }
  rows.push(...(await benchValidation(5000, 10, 64)), ...(await benchValidation(5000, 1000, 2048)));
  return rows.map((row) => ({ ...row, name: `${chosen.name}: ${row.name}` }));
}

async function backends(): Promise<string[]> {
  if (values.backend !== undefined) return [values.backend];
  const listed = await listBackends(places);
  return listed.filter((one) => one.available && one.name !== "cpu").map((one) => one.name);
}

function print(rows: readonly Row[]): void {
  for (const { name, value, unit, peer, ratio } of rows) {
    const beside =
      peer === undefined ? "" : `   ${peer.name} ${peer.value.toFixed(2)}, ratio ${(ratio ?? 0).toFixed(2)}`;
    console.log(`${name.padEnd(52)} ${value.toFixed(2).padStart(10)} ${unit.padEnd(8)}${beside}`);
  }
}

const wanted = (part: string) => values.only === undefined || values.only === part;
const rows: Row[] = [];
const add = (more: readonly Row[]) => {
  rows.push(...more);
  if (values.json !== true) print(more);
};
if (wanted("kernels")) for (const backend of await backends()) add(await kernels(backend));
if (wanted("example")) add(await benchExample());
if (wanted("memory")) add(await benchMemory());
if (values.json === true) console.log(JSON.stringify(rows, null, 2));
process.exit(0);
