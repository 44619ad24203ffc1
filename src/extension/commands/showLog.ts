/** Shows the output channel. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";

export const showLog: Command = {
  id: commandIds.showLog,
  run: ({ log }) => log.show(),
};
