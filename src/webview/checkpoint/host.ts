/** The page's end of the line to the extension host. */
import type { FromCheckpointPage } from "../../protocol/checkpointPage.ts";

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const api = acquireVsCodeApi();

export function post(message: FromCheckpointPage): void {
  api.postMessage(message);
}
