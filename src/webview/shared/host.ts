/** The line of a run's panels to the extension host. */
import { type FromPanel, type PanelState, panelState, type ToPanel, toPanel } from "../../protocol/panels.ts";
import * as line from "./line.ts";

const host = line.lineTo<FromPanel, ToPanel>(toPanel);
export const { send, listen, reportError } = host;
line.whenSeenAgain(() => send({ type: "ready" }));

/** The state kept before the last reload; empty when there is none or it is of another shape. */
export function keptState(): PanelState {
  return line.keptState(panelState) ?? { runFolders: [], following: false, view: {} };
}

/** Keeps the panel's state through reloads. */
export function keepState(state: PanelState): void {
  line.keepState(state);
}
