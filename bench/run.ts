/**
 * Measures what users wait for. `npm run bench`, `-- --json` for a list of {name, value, unit, peer?, ratio?},
 * `-- --markdown` for the measured part of RESULTS.md, `-- --backend name` for one backend, `-- --only kernels|example|policy|memory|whole`
 * for a part, `-- --package folder` for a native package that lies elsewhere (`node scripts/tensorflow-addon.ts` prints one).
 *
 * Numbers of one run only compare with each other: each stands beside a peer measured in turn with it.
 */
import { parseArgs } from "node:util";
import {
  type BackendName,
  backendNames,
  chooseBackend,
  isSoftware,
  listBackends,
} from "../src/engine/backends/index.ts";
import { benchExample } from "./example.ts";
import { benchGain, benchSteps, benchValidation, scatteredSamples } from "./kernels.ts";
import type { Row } from "./measure.ts";
import { benchMemory } from "./memory.ts";
import { benchPolicy } from "./policy.ts";
import { productOfTensors, productsOfRuntime } from "./products.ts";
import { type Profile, profileGain, profileStep } from "./profile.ts";
import { pytorchSteps } from "./pytorch.ts";
import { type BackendResults, writeResults } from "./results.ts";
import { benchWholeRun } from "./wholeRun.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    markdown: { type: "boolean" },
    backend: { type: "string" },
    only: { type: "string" },
    package: { type: "string" },
  },
});
const places = values.package === undefined ? {} : { packagePath: values.package };

/** K, d and samples a step of three heads: the example's, a CIFAR-100 one, an ImageNet one. */
const sizes = [
  [10, 128, 64],
  [100, 512, 128],
  [1000, 2048, 256],
] as const;

async function kernels(name: BackendName): Promise<BackendResults> {
  const { record: backend, compute } = await chooseBackend({ forced: name, ...places });
  const software = isSoftware(backend.device);
  const peer = await pytorchSteps();
  const product = name === "native" ? productsOfRuntime() : productOfTensors;
  // The larger heads would take minutes for each of their rows there.
  const measured = sizes.slice(0, software ? 1 : name === "cpu" ? 2 : sizes.length);
  const rows: Row[] = [];
  for (const [classes, size] of measured) rows.push(...(await benchGain(compute, product, classes, size)));
  for (const [classes, size, batch] of measured) {
    const pytorch = peer?.[`${classes},${size},${batch}`] ?? null;
    rows.push(...(await benchSteps(compute, product, classes, size, batch, pytorch)));
  }
  rows.push(...(await benchValidation(compute, product, 5000, 10, 64)));
  if (measured.length === sizes.length)
    rows.push(...(await benchValidation(compute, product, 5000, 1000, 2048)));
  return { backend, software, rows, profiles: values.markdown ? await profiles(name) : [] };
}

/** Of backends that wait for an operation to end: on a GPU a part by itself would mostly measure the waiting. */
async function profiles(name: BackendName): Promise<Profile[]> {
  if (name !== "wasm" && name !== "tensorflow") return [];
  const found: Profile[] = [];
  for (const [classes, size, batch] of sizes) {
    found.push(await profileStep(classes, size, batch, scatteredSamples(classes, size, batch)));
  }
  for (const [classes, size] of sizes.slice(1)) found.push(await profileGain(classes, size));
  return found;
}

async function backends(): Promise<BackendName[]> {
  if (values.backend !== undefined) return backendNames.filter((name) => name === values.backend);
  const listed = await listBackends(places);
  const usable = listed.filter(({ name, available }) => available && (name !== "cpu" || values.markdown));
  return usable.map(({ name }) => name);
}

function print(rows: readonly Row[]): void {
  for (const { name, value, unit, peer, ratio } of rows) {
    const beside =
      peer === undefined ? "" : `   ${peer.name} ${peer.value.toFixed(2)}, ratio ${(ratio ?? 0).toFixed(2)}`;
    console.log(`${name.padEnd(52)} ${value.toFixed(2).padStart(10)} ${unit.padEnd(8)}${beside}`);
  }
}

const wanted = (part: string) => values.only === undefined || values.only === part;
const quiet = values.json === true;
const results: BackendResults[] = [];
const rest: Row[] = [];
const add = (more: readonly Row[]) => {
  rest.push(...more);
  if (!quiet) print(more);
};
const named = ({ backend, rows }: BackendResults) =>
  rows.map((row) => ({ ...row, name: `${backend.name}: ${row.name}` }));

if (wanted("kernels")) {
  for (const backend of await backends()) {
    const measured = await kernels(backend);
    results.push(measured);
    if (!quiet) print(named(measured));
  }
}
if (wanted("example")) add(await benchExample());
if (wanted("policy")) add(await benchPolicy());
if (wanted("memory")) add(await benchMemory());
if (wanted("whole")) add(await benchWholeRun());
if (quiet) console.log(JSON.stringify([...results.flatMap(named), ...rest], null, 2));
if (values.markdown) console.log(`wrote ${writeResults(results, rest)}`);
process.exit(0);
