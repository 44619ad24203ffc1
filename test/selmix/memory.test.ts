import { expect, it } from "vitest";
import { Memory } from "../../src/selmix/steering/memory.ts";

const all = { first: [true, true], second: [true, true] };

it("waits for a positive gain before it sets the temperature, and draws evenly until then", () => {
  const memory = new Memory(0.3);
  expect([...memory.policy([-1, -2, 0, -1], 2, all).policy.probabilities]).toEqual([0.25, 0.25, 0.25, 0.25]);
  expect(memory.state.temperature).toBeNull();
  const { policy } = memory.policy([2, -1, 1, 0], 2, all);
  expect(memory.state.temperature).toBeCloseTo(0.6, 12);
  expect(policy.probabilities[0]).toBeGreaterThan(policy.probabilities[2]);
  expect(policy.probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  memory.policy([9, 9, 9, 9], 2, all);
  expect(memory.state.temperature).toBeCloseTo(0.6, 12);
});
