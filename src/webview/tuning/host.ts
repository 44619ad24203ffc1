/** The Tuning panel's end of the line to the extension host. */
import { type FromTuning, type TuningState, toTuning } from "../../protocol/tuning.ts";

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const api = acquireVsCodeApi();

export function send(message: FromTuning): void {
  api.postMessage(message);
}

/** Calls `show` with every state the host sends, and asks for one now and whenever the page is visible again. */
export function follow(show: (state: TuningState) => void): void {
  const report = (error: unknown) =>
    send({
      type: "error",
      message: error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error),
    });
  window.addEventListener("message", (event: MessageEvent<unknown>) => {
    const message = toTuning.safeParse(event.data);
    if (message.success) show(message.data.state);
    else report(new Error(`a state of another shape: ${message.error.message}`));
  });
  window.addEventListener("error", (event) => report(event.error ?? event.message));
  window.addEventListener("unhandledrejection", (event) => report(event.reason));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send({ type: "ready" });
  });
  send({ type: "ready" });
}
