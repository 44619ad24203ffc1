/** Opens the frontier of the newest sweep. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";

export const showFrontier: Command = {
  id: commandIds.showFrontier,
  run({ panels }) {
    panels.showFrontier();
  },
};
