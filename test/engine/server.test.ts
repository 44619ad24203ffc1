import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineServer, type JobRunner } from "../../src/engine/process/server.ts";
import type { FromEngine } from "../../src/protocol/engine.ts";

const ends = new Set(["done", "failed", "cancelled"]);
const jobOf = (message: FromEngine) => ("job" in message ? message.job : "");

/** Works for some turns of the event loop, listening for its cancellation, and then does what its name says. */
const run: JobRunner = async (request, { signal }) => {
  const name = request.kind === "inspect" || request.kind === "evaluate" ? (request.checkpoint ?? "") : "";
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (name !== "deaf") signal.throwIfAborted();
  }
  if (name === "broken") throw new Error("broken");
  return name;
};

const word = fc.constantFrom("good", "broken", "deaf");
const message = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("start"),
      job: fc.nat(9).map(String),
      kind: fc.constantFrom("inspect", "evaluate"),
      checkpoint: word,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("cancel"), job: fc.nat(9).map(String) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("wait") }) },
);

describe("the engine's server", () => {
  it("answers every job exactly once, whatever comes in which order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 25 }), async (messages) => {
        const sent: FromEngine[] = [];
        const server = new EngineServer(
          run,
          (one) => sent.push(one),
          () => undefined,
        );
        const asked = new Set<string>();
        for (const [turn, one] of messages.entries()) {
          if (one.type === "wait") await new Promise((resolve) => setImmediate(resolve));
          else if (one.type === "cancel") server.receive({ type: "cancel", job: one.job });
          else if ("kind" in one) {
            const job = `${one.job}-${turn}`;
            asked.add(job);
            const request = { kind: one.kind, checkpoint: one.checkpoint, configurationPath: "c" };
            server.receive({ type: "start", job, request });
            if (turn % 3 === 0) server.receive({ type: "cancel", job });
          }
        }
        await server.cancelAll();
        const answers = sent.filter(({ type }) => ends.has(type)).map(jobOf);
        expect(answers.toSorted()).toEqual([...asked].toSorted());
      }),
      { numRuns: 60 },
    );
  });

  it("calls a job done that ended well although it was cancelled", async () => {
    const sent: FromEngine[] = [];
    const server = new EngineServer(
      run,
      (one) => sent.push(one),
      () => undefined,
    );
    const request = { kind: "inspect", checkpoint: "deaf", configurationPath: null };
    server.receive({ type: "start", job: "1", request });
    await server.cancelAll();
    expect(sent).toEqual([{ type: "done", job: "1", result: "deaf" }]);
  });
});
