/** The same steps in a bare PyTorch loop, where Python can import torch. SELMIX_PYTHON names the interpreter. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

/** Milliseconds a step by "K,d,batch"; null where torch cannot be imported. */
export async function pytorchSteps(): Promise<Record<string, number> | null> {
  const script = path.join(import.meta.dirname, "pytorch_steps.py");
  try {
    const { stdout } = await promisify(execFile)(process.env.SELMIX_PYTHON ?? "python3", [script]);
    return z.record(z.string(), z.number()).parse(JSON.parse(stdout));
  } catch {
    return null;
  }
}
