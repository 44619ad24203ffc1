/** Puts the head of an earlier run into its place: one picks which, told what sets the runs apart. */
import type { Command } from "../app.ts";
import { commandIds } from "../ids.ts";
import { useRun } from "./useRun.ts";

export const promoteRun: Command = {
  id: commandIds.promoteRun,
  run: (app) => useRun.run(app),
};
