/** The panel's end of the line to the extension host: messages checked on arrival, state kept through a reload. */
import { type FromPanel, type PanelState, panelState, type ToPanel, toPanel } from "../../protocol/panels.ts";

interface HostApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): HostApi;

const api = acquireVsCodeApi();

/** Sends a message to the host. */
export function send(message: FromPanel): void {
  api.postMessage(message);
}

/** The state kept before the last reload; empty when there is none or it is of another shape. */
export function keptState(): PanelState {
  const kept = panelState.safeParse(api.getState());
  return kept.success ? kept.data : { runFolders: [], following: false, view: {} };
}

/** Keeps the panel's state through reloads. */
export function keepState(state: PanelState): void {
  api.setState(state);
}

/** Calls `handle` with each well-formed message of the host, in order; anything else is reported, never swallowed. */
export function listen(handle: (message: ToPanel) => void): void {
  window.addEventListener("message", (event: MessageEvent<unknown>) => {
    const message = toPanel.safeParse(event.data);
    if (message.success) handle(message.data);
    else
      reportError(
        new Error(`A message to the panel has another shape: ${message.error.issues[0]?.message ?? ""}`),
      );
  });
  window.addEventListener("error", (event) => reportError(event.error ?? event.message));
  window.addEventListener("unhandledrejection", (event) => reportError(event.reason));
  // Hidden panels are not kept alive by contract: what happened meanwhile comes with a new snapshot.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send({ type: "ready" });
  });
  send({ type: "ready" });
}

/** Tells the host about an error in the panel; it goes to the log. */
export function reportError(error: unknown): void {
  send({
    type: "error",
    message: error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error),
  });
}
