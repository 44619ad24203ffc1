/** Sets a tfjs backend for the tests of a file. */
import { createRequire } from "node:module";
import path from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

export async function useBackend(name: "cpu" | "wasm"): Promise<void> {
  const wasm = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${path.dirname(wasm)}/`);
  await tf.setBackend(name);
  await tf.ready();
}
