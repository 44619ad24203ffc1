/** A page's line to the extension host: messages are checked on arrival, errors go to the log, state is kept through a reload. */
import type { ZodType } from "zod";
import type { ExportMessage } from "../../protocol/panels.ts";

interface HostApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): HostApi;

/** To be had once in a page. */
const api = acquireVsCodeApi();

/** What every page says. */
type Said = { readonly type: "ready" } | { readonly type: "error"; readonly message: string };

/** Has the host save a file; it asks where. Of pages with pictures, whose messages include it. */
export function saveAs(fileName: string, content: ExportMessage["content"]): void {
  const message: ExportMessage = { type: "export", fileName, content };
  api.postMessage(message);
}

export interface Line<From, To> {
  send(message: From | Said): void;
  /** Calls `handle` with each well-formed message of the host, in order; anything else is reported, never swallowed. */
  listen(handle: (message: To) => void): void;
  /** Tells the host about an error in the page. */
  reportError(error: unknown): void;
}

/** @param incoming what the host may send */
export function lineTo<From, To>(incoming: ZodType<To>): Line<From, To> {
  const send = (message: From | Said) => api.postMessage(message);
  const reportError = (error: unknown) =>
    send({
      type: "error",
      message: error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error),
    });
  return {
    send,
    reportError,
    listen(handle) {
      window.addEventListener("message", (event: MessageEvent<unknown>) => {
        const message = incoming.safeParse(event.data);
        if (message.success) handle(message.data);
        else
          reportError(
            new Error(`A message to the page has another shape: ${message.error.issues[0]?.message ?? ""}`),
          );
      });
      window.addEventListener("error", (event) => reportError(event.error ?? event.message));
      window.addEventListener("unhandledrejection", (event) => reportError(event.reason));
      send({ type: "ready" });
    },
  };
}

/** Hidden pages are not kept alive by contract: what happened meanwhile is asked for when one is seen again. */
export function whenSeenAgain(ask: () => void): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask();
  });
}

/** The state kept before the last reload; null where there is none, or it is of another shape. */
export function keptState<State>(shape: ZodType<State>): State | null {
  return shape.safeParse(api.getState()).data ?? null;
}

/** Keeps the page's state through reloads. */
export function keepState(state: unknown): void {
  api.setState(state);
}
