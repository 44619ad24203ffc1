/** The schedulers that there are, by name. */
import type { SchedulerName } from "../../../protocol/grid.ts";
import { local } from "./local.ts";
import type { MakeScheduler } from "./scheduler.ts";
import { slurm } from "./slurm.ts";

export const schedulers: Record<SchedulerName, MakeScheduler> = { local, slurm };
