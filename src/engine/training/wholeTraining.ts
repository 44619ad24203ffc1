/** The training of a whole network. */
import { headReplacements } from "../../checkpoints/head.ts";
import type { TuneRequest } from "../../protocol/engine.ts";
import { tuneWhole, type WholeState } from "../../selmix/whole/tuneWhole.ts";
import { JobError } from "../errors.ts";
import type { Prepared } from "../problem/prepare.ts";
import { wholeSettingsOf } from "../problem/settings.ts";
import type { States, Training } from "./training.ts";
import { WholeNetwork } from "./wholeNetwork.ts";

/** Opens network and images on a backend that can take the network's gradient. Throws errors of one sentence. */
export async function openWholeTraining<P extends Prepared>(
  prepared: P,
  request: TuneRequest,
  signal: AbortSignal,
  { saved, saver }: States,
): Promise<Training<P>> {
  requirePlain(prepared);
  const network = await WholeNetwork.open(prepared, request, signal);
  return {
    ...{ backend: network.backend, prepared },
    run: async (observer) => {
      const withStates = { ...observer, onState: (state: () => Promise<WholeState>) => saver.offer(state) };
      const settings = wholeSettingsOf(prepared);
      const { problem, backend } = network;
      const outcome = await tuneWhole(problem, settings, withStates, saved?.state ?? null, backend.compute);
      const head = headReplacements(prepared.location, outcome.head);
      return {
        outcome,
        replacements: [...head, ...network.replacements(outcome)],
        measure: () => network.measure(outcome, signal),
      };
    },
    close: () => network.close(),
  };
}

/** The whole network is trained through its own outputs, one for each class. */
function requirePlain({ checkpoint, location, project }: Prepared): void {
  if (!location.oneOutput) return;
  throw new JobError(
    `${checkpoint.path} has one output for two classes, and "train": "all" needs one for each; set "train" to "head" in ${project.path}.`,
  );
}
