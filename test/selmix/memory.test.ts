import { expect, it } from "vitest";
import { Memory, type MultiplierRule } from "../../src/selmix/steering/memory.ts";

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

it("presses what is missed more with each cycle, and lets go of what is kept", () => {
  const memory = new Memory(0.3);
  const missed = Float64Array.of(-0.1, 0.1);
  // 10 times what is missed now, and 2 times what was missed in each cycle.
  [1.2, 1.4, 1.6].forEach((expected) => {
    const [first, second] = memory.press(missed);
    expect(first).toBeCloseTo(expected, 12);
    expect(second).toBe(0);
  });
  expect(memory.press(Float64Array.of(0.5, 0.1))[0]).toBe(0);
  expect(memory.press(missed)[0]).toBeCloseTo(1.2, 12);
});

it("leaves multipliers to another rule, and keeps for it what it remembers", () => {
  const counted: MultiplierRule = {
    remember: (kept, slacks) => Float64Array.of((kept?.[0] ?? 0) + slacks.length),
    multipliers: (kept, slacks) => slacks.map(() => kept[0]),
  };
  const memory = new Memory(0.3, undefined, counted);
  const slacks = Float64Array.of(0, 0);
  expect([...memory.press(slacks)]).toEqual([2, 2]);
  const resumed = new Memory(0.3, memory.state, counted);
  expect([...resumed.press(slacks)]).toEqual([4, 4]);
});
