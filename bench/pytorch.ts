/** The same steps in PyTorch, where Python can import torch. SELMIX_PYTHON names the interpreter. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const milliseconds = z.object({
  /** A training loop as one writes it, without any framework: autograd and SGD. */
  loop: z.number(),
  /** The same arithmetic in closed form, in place, without autograd. */
  arithmetic: z.number(),
});
export type PytorchStep = z.infer<typeof milliseconds>;

/** Milliseconds a step by "K,d,batch"; null where torch cannot be imported. */
export async function pytorchSteps(): Promise<Record<string, PytorchStep> | null> {
  const script = path.join(import.meta.dirname, "pytorch_steps.py");
  try {
    const { stdout } = await promisify(execFile)(process.env.SELMIX_PYTHON ?? "python3", [script]);
    return z.record(z.string(), milliseconds).parse(JSON.parse(stdout));
  } catch {
    return null;
  }
}
