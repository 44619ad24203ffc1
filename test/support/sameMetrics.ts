/** Switching backends never changes a decision silently: the example, tuned with the same seed, ends within 0.5 points. */
import { expect } from "vitest";
import { type RunOptions, runOnBackend } from "./runOnBackend.ts";

/** Tunes the example on both backends and compares every metric, on validation and on test. */
export async function expectSameMetrics(one: string, other: string, options: RunOptions): Promise<void> {
  const found = await runOnBackend(one, "example", options);
  const wanted = await runOnBackend(other, "example", options);
  expect(found.error).toBeUndefined();
  const names = Object.keys(wanted.metrics ?? {});
  expect(names).toContain("test minRecall");
  for (const name of names) {
    const difference = Math.abs((found.metrics?.[name] ?? 0) - (wanted.metrics?.[name] ?? 1));
    expect(difference, name).toBeLessThan(0.005);
  }
}
