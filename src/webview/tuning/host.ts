/** The Tuning panel's line to the extension host. */
import { type FromTuning, type ToTuning, type TuningState, toTuning } from "../../protocol/tuning.ts";
import { lineTo, whenSeenAgain } from "../shared/line.ts";

const line = lineTo<FromTuning, ToTuning>(toTuning);
export const { send } = line;

/** Calls `show` with every state the host sends, and asks for one now and whenever the page is visible again. */
export function follow(show: (state: TuningState) => void): void {
  line.listen(({ state }) => show(state));
  whenSeenAgain(() => send({ type: "ready" }));
}
