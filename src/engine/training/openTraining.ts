/** Makes a training ready: of the head here, of the whole network in a part of its own. */

import type { TuneRequest } from "../../protocol/engine.ts";
import { tune } from "../../selmix/training/tune.ts";
import { remembering } from "../../selmix/validation/remembered.ts";
import { measureFitted, measureHeads } from "../measure/measure.ts";
import { withReference } from "../measure/withReference.ts";
import { backendFor } from "../problem/backend.ts";
import { replacementsOf } from "../problem/groupColumns.ts";
import type { Prepared } from "../problem/prepare.ts";
import { settingsOf } from "../problem/settings.ts";
import type { States, Training } from "./training.ts";

/** Makes ready what the configuration wants trained, on a backend that can. Throws errors of one sentence. */
export async function openTraining<P extends Prepared>(
  given: P,
  request: TuneRequest,
  signal: AbortSignal,
  states: States,
): Promise<Training<P>> {
  const { tuning } = given.project.configuration;
  if (tuning.train === "all") {
    // What runs networks and decodes images is loaded when it is asked for.
    const { openWholeTraining } = await import("./wholeTraining.ts");
    return openWholeTraining(given, request, signal, states);
  }
  const chosen = await backendFor(given, tuning, request, signal);
  const backend = { ...chosen, compute: remembering(chosen.compute) };
  const { compute } = backend;
  const prepared = await withReference(given, compute);
  const settings = settingsOf(prepared);
  return {
    ...{ backend, prepared },
    run: async (observer) => {
      const outcome = await tune(prepared.problem, settings, observer, chosen.compute);
      return {
        outcome,
        replacements: replacementsOf(prepared, outcome.head),
        async measure() {
          const [before] = await measureHeads(prepared, [prepared.problem.head], compute);
          if (!before) throw new Error("one head was measured");
          return { before, after: await measureFitted(prepared, outcome, compute) };
        },
      };
    },
    close: async () => undefined,
  };
}
