import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStale, RunStore } from "../../src/webview/shared/runStore.ts";
import { syntheticCycle, syntheticGain, syntheticRun } from "./syntheticRun.ts";

const live = () => syntheticRun({ classes: 3, cycles: 0, finished: false });
const cycleMessage = (cycle: number) => ({
  type: "cycles" as const,
  runFolder: "/ws/.selmix/runs/synthetic",
  cycles: [syntheticCycle(cycle, 1000, 3, 3)],
});

describe("RunStore", () => {
  it("keeps every cycle once and in order, in whatever order they come", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Array.from({ length: 30 }, (_, cycle) => cycle)),
        fc.nat(29),
        (order, again) => {
          const store = new RunStore();
          store.receive({ type: "snapshot", snapshot: live() }, 0);
          for (const cycle of [...order, ...order.slice(0, again)]) store.receive(cycleMessage(cycle), 1);
          expect(store.snapshot?.history.map((record) => record.cycle)).toEqual(
            order.toSorted((a, b) => a - b),
          );
        },
      ),
    );
  });

  it("tells a gap, so that a snapshot is asked for", () => {
    const store = new RunStore();
    store.receive({ type: "snapshot", snapshot: live() }, 0);
    expect(store.receive(cycleMessage(0), 1)).toBe("cycle");
    expect(store.receive(cycleMessage(1), 1)).toBe("cycle");
    expect(store.receive(cycleMessage(3), 1)).toBe("gap");
  });

  it("ignores what is about another run", () => {
    const store = new RunStore();
    store.receive({ type: "snapshot", snapshot: live() }, 0);
    expect(store.receive({ ...cycleMessage(0), runFolder: "/elsewhere" }, 1)).toBe("none");
    expect(store.snapshot?.history).toEqual([]);
  });

  it("forgets the gain of one run when another one is shown", () => {
    const store = new RunStore();
    const first = syntheticRun({ classes: 2, cycles: 2 });
    store.receive({ type: "snapshot", snapshot: first }, 0);
    store.receive({ type: "gain", runFolder: first.runFolder, cycle: 1, ...syntheticGain(2, 1) }, 0);
    expect(store.gain?.cycle).toBe(1);
    store.receive(
      { type: "snapshot", snapshot: syntheticRun({ classes: 2, cycles: 2, runFolder: "/other" }) },
      0,
    );
    expect(store.gain).toBeNull();
  });

  it("takes a policy only for the cycle whose gain it has", () => {
    const store = new RunStore();
    const snapshot = syntheticRun({ classes: 2, cycles: 3 });
    const { gain, policy } = syntheticGain(2, 2);
    store.receive({ type: "snapshot", snapshot, gain: { cycle: 2, gain } }, 0);
    expect(store.gain).toEqual({ cycle: 2, gain, policy: null });
    const ofCycle = (cycle: number) => ({
      type: "policy" as const,
      runFolder: snapshot.runFolder,
      cycle,
      policy,
    });
    expect(store.receive(ofCycle(1), 0)).toBe("none");
    expect(store.gain?.policy).toBeNull();
    expect(store.receive(ofCycle(2), 0)).toBe("gain");
    expect(store.gain).toEqual({ cycle: 2, gain, policy });
  });

  it("calls a silent running run stale, and never a finished one", () => {
    const running = { ...live(), updatedAt: 1_000 };
    expect(isStale(running, 2_000)).toBe(false);
    expect(isStale(running, 1_000_000)).toBe(true);
    expect(isStale({ ...syntheticRun({ classes: 2, cycles: 1 }), updatedAt: 0 }, 1_000_000)).toBe(false);
  });
});
