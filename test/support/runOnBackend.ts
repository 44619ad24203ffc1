/** Runs onBackend.ts and reads its report. */
import { spawn } from "node:child_process";
import path from "node:path";
import { z } from "zod";

const report = z.object({
  name: z.string(),
  device: z.string(),
  why: z.string(),
  worst: z.number().optional(),
  value: z.number().optional(),
  metrics: z.record(z.string(), z.number()).optional(),
  error: z.string().optional(),
});

export interface RunOptions {
  readonly storage: string;
  readonly packagePath?: string;
  readonly environment?: Record<string, string>;
}

/** Rejects when the program does not end by itself with status 0. */
export function runOnBackend(
  backend: string,
  action: "vectors" | "steps" | "tune" | "example" | "lose",
  { storage, packagePath = "", environment = {} }: RunOptions,
): Promise<z.infer<typeof report>> {
  const program = path.join(import.meta.dirname, "onBackend.ts");
  const child = spawn(process.execPath, [program, backend, action, packagePath, storage], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const output = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    output.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.err += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code, signal) => {
      const line = output.out.trimEnd().split("\n").at(-1) ?? "";
      if (code === 0) resolve(report.parse(JSON.parse(line)));
      else reject(new Error(`${backend} ended with ${signal ?? code}: ${output.err}`));
    });
  });
}
