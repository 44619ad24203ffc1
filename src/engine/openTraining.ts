/** Makes a training ready: of the head here, of the whole network in a part of its own. */
import { headReplacements } from "../checkpoints/head.ts";
import type { TuneRequest } from "../protocol/engine.ts";
import { tune } from "../selmix/tune.ts";
import { backendFor } from "./backend.ts";
import { measureHeads } from "./measure.ts";
import type { Prepared } from "./prepare.ts";
import { settingsOf } from "./settings.ts";
import type { States, Training } from "./training.ts";

/** Makes ready what the configuration wants trained, on a backend that can. Throws errors of one sentence. */
export async function openTraining(
  prepared: Prepared,
  request: TuneRequest,
  signal: AbortSignal,
  states: States,
): Promise<Training> {
  const { tuning } = prepared.project.configuration;
  if (tuning.train === "all") {
    // What runs networks and decodes images is loaded when it is asked for.
    const { openWholeTraining } = await import("./whole/wholeTraining.ts");
    return openWholeTraining(prepared, request, signal, states);
  }
  const backend = await backendFor(prepared, tuning, request, signal);
  const { compute } = backend;
  return {
    backend,
    run: async (observer) => {
      const outcome = await tune(prepared.problem, settingsOf(prepared), observer, compute);
      return {
        outcome,
        replacements: headReplacements(prepared.location, outcome.head),
        async measure() {
          const heads = [prepared.problem.head, outcome.head];
          const [before, after] = await measureHeads(prepared, heads, compute);
          if (!before || !after) throw new Error("two heads were measured");
          return { before, after };
        },
      };
    },
    close: async () => undefined,
  };
}
