/** Stops every tune at work, and a grid of them; what was there before stays as it was. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";

export const stop: Command = {
  id: commandIds.stop,
  run({ tuner, retune, grids }) {
    grids.stop();
    for (const { configuration } of tuner.active) {
      retune.forget(configuration);
      tuner.stop(configuration);
    }
  },
};
