import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { Outbox } from "../../src/engine/process/outbox.ts";
import type { FromEngine, JobProgress } from "../../src/protocol/engine.ts";
import { cycleOf } from "../support/records.ts";

const progress = (step: number, phase: JobProgress["phase"] = "tune"): JobProgress => ({
  phase,
  message: "",
  step,
  steps: 1000,
  runFolder: null,
});

/** An outbox with a clock of the test's own. */
function outbox() {
  const sent: FromEngine[] = [];
  const clock = { now: 0 };
  return {
    sent,
    clock,
    box: new Outbox(
      "1",
      (message) => sent.push(message),
      () => clock.now,
    ),
  };
}

const cyclesIn = (sent: readonly FromEngine[]) =>
  sent.flatMap((message) => (message.type === "cycles" ? message.cycles.map(({ cycle }) => cycle) : []));

describe("the outbox of a job", () => {
  it("loses no cycle and keeps their order, however long they take", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120), { maxLength: 60 }), (pauses) => {
        const { box, sent, clock } = outbox();
        for (const [cycle, pause] of pauses.entries()) {
          clock.now += pause;
          box.cycle("run", { version: 2, ...cycleOf(cycle), gainIndex: null });
          box.progress(progress(cycle));
        }
        box.deliver();
        expect(cyclesIn(sent)).toEqual(pauses.map((_pause, cycle) => cycle));
        const steps = sent.flatMap((message) => (message.type === "progress" ? [message.progress.step] : []));
        expect(steps.at(-1)).toBe(pauses.length === 0 ? undefined : pauses.length - 1);
      }),
    );
  });

  it("sends a few messages for hundreds of quick cycles", () => {
    const { box, sent, clock } = outbox();
    for (let cycle = 0; cycle < 300; cycle++) {
      clock.now += 1;
      box.cycle("run", { version: 2, ...cycleOf(cycle), gainIndex: null });
    }
    box.deliver();
    expect(sent.length).toBeLessThan(10);
    expect(cyclesIn(sent)).toHaveLength(300);
  });

  it("tells a new phase at once", () => {
    const { box, sent } = outbox();
    box.progress(progress(0));
    box.progress(progress(1));
    box.progress(progress(0, "save"));
    expect(sent.map((message) => message.type === "progress" && message.progress.phase)).toEqual([
      "tune",
      "save",
    ]);
  });

  it("delivers what waits when nothing more comes", () => {
    vi.useFakeTimers();
    try {
      const { box, sent } = outbox();
      box.progress(progress(0));
      box.progress(progress(7));
      expect(sent).toHaveLength(1);
      vi.runAllTimers();
      expect(sent.at(-1)).toMatchObject({ progress: { step: 7 } });
    } finally {
      vi.useRealTimers();
    }
  });
});
