/** What a tune trains, the head or the whole network, behind one door. */
import type { TensorReplacement } from "../checkpoints/checkpoint.ts";
import { headReplacements } from "../checkpoints/head.ts";
import type { TuneRequest } from "../protocol/engine.ts";
import type { BackendRecord } from "../protocol/records.ts";
import { type TuneObserver, type TuneOutcome, tune } from "../selmix/tune.ts";
import { backendFor } from "./backend.ts";
import { measureHeads } from "./measure.ts";
import type { MeasuredHead } from "./measured.ts";
import type { Prepared } from "./prepare.ts";
import type { SavedState, StateSaver } from "./savedState.ts";
import { settingsOf } from "./settings.ts";

/** What came of a training. */
export interface Trained {
  readonly outcome: TuneOutcome;
  /** What it changes in the checkpoint. */
  readonly replacements: readonly TensorReplacement[];
  /** The checkpoint and what it was tuned to, on validation, and on test where there is one. */
  measure(): Promise<BeforeAndAfter>;
}

export interface BeforeAndAfter {
  readonly before: MeasuredHead;
  readonly after: MeasuredHead;
}

/** Where a training that takes long goes on from, and where it says how it stands. */
export interface States {
  readonly saved: SavedState | null;
  readonly saver: StateSaver;
}

export interface Training {
  readonly backend: BackendRecord;
  run(observer: TuneObserver): Promise<Trained>;
  close(): Promise<void>;
}

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
  return {
    backend,
    run: async (observer) => {
      const outcome = await tune(prepared.problem, settingsOf(prepared), observer);
      return {
        outcome,
        replacements: headReplacements(prepared.location, outcome.head),
        async measure() {
          const [before, after] = await measureHeads(prepared, [prepared.problem.head, outcome.head]);
          if (!before || !after) throw new Error("two heads were measured");
          return { before, after };
        },
      };
    },
    close: async () => undefined,
  };
}
