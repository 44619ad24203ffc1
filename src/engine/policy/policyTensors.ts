/** The evaluator of large problems: on tensors, in a bundle of its own. */
import type { Evaluator } from "../../selmix/validation/evaluator.ts";
import { chooseBackend } from "../backends/index.ts";

/** WebAssembly, always: a call looks a few times, and anything else would take longer to start than that. */
export async function evaluatorOnTensors(): Promise<Evaluator> {
  return (await chooseBackend({ forced: "wasm" })).compute;
}
