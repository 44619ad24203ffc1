import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

export const pytorchFixtures = path.join(import.meta.dirname, "../../fixtures/pytorch");

const tensor = z.object({
  shape: z.array(z.number()),
  type: z.string(),
  values: z.array(z.number()).nullable(),
});
const entry = z.object({ tensors: z.unknown(), auxiliary: z.array(z.string()) });

export interface Expected {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, z.infer<typeof tensor>>;
  readonly auxiliary: readonly string[];
}

/** What PyTorch says is in each fixture. Tensors go into a map: one of them is called `__proto__`. */
export function expectations(): Expected[] {
  const all = z
    .record(z.string(), entry)
    .parse(JSON.parse(readFileSync(path.join(pytorchFixtures, "expected.json"), "utf8")));
  return Object.entries(all).map(([file, { tensors, auxiliary }]) => ({
    file,
    tensors: new Map(Object.entries(Object(tensors)).map(([name, value]) => [name, tensor.parse(value)])),
    auxiliary,
  }));
}
