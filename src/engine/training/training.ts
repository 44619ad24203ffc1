/** What a tune trains, the head or the whole network, behind one door. */

import type { TensorReplacement } from "../../checkpoints/checkpoint.ts";
import type { TuneObserver, TuneOutcome } from "../../selmix/training/tune.ts";
import type { Chosen } from "../backends/index.ts";
import type { MeasuredHead } from "../measure/measured.ts";
import type { Prepared } from "../problem/prepare.ts";
import type { SavedState, StateSaver } from "./savedState.ts";

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

export interface Training<P extends Prepared = Prepared> {
  readonly backend: Chosen;
  /** What was prepared, with what the bounds need to know of the checkpoint. */
  readonly prepared: P;
  run(observer: TuneObserver): Promise<Trained>;
  close(): Promise<void>;
}
