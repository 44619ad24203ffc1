/**
 * Workers under Slurm: job arrays, on nodes that share the workspace's folder. Partition, account and limits are said as for every
 * job, by sbatch's own variables (SBATCH_PARTITION, SBATCH_TIMELIMIT...). Nothing but squeue is asked, so that no accounting is needed.
 */
import { execFile } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { codeOf } from "../../../files/direct.ts";
import { replaceFile } from "../../../files/replace.ts";
import { JobError } from "../../errors.ts";
import { type Scheduler, type WorkerCommand, type WorkerState, workerVariable } from "./scheduler.ts";

/** The script is the same for every grid: names from the workspace reach it as arguments and variables, never as its text. */
const script = `#!/bin/sh
${workerVariable}="\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
export ${workerVariable}
exec "$@" 2>>"$SELMIX_LOG"
`;
const run = promisify(execFile);
const lookEveryMs = 500;
const mostCharacters = 64 * 1024 * 1024;

export function slurm({ words, name, folder, log, threads }: WorkerCommand): Scheduler {
  const file = path.join(folder, "worker.sh");
  const ours = [`--name=${name}`, `--user=${os.userInfo().username}`];
  const ask = async (program: string, args: readonly string[]) => {
    const env = { ...process.env, SELMIX_LOG: log };
    try {
      return (await run(program, args, { env, maxBuffer: mostCharacters })).stdout;
    } catch (error) {
      throw new JobError(sentence(program, error));
    }
  };
  const listed = async () =>
    statesOf(await ask("squeue", ["--noheader", "--array", "--format=%i %T", ...ours]));
  return {
    async submit(count) {
      replaceFile(file, script);
      const about = [`--job-name=${name}`, `--array=0-${count - 1}`, `--cpus-per-task=${threads}`];
      // A node that dies gives its workers back to the queue; variables go along whatever the site's default is.
      const fixed = ["--requeue", "--export=ALL", "--output=/dev/null", "--parsable"];
      await ask("sbatch", [...about, ...fixed, file, ...words]);
    },
    async workers() {
      // A controller that is away for a while ends nothing.
      return listed().catch(() => null);
    },
    async dismiss() {
      await ask("scancel", ["--state=PENDING", ...ours]);
    },
    async cancel() {
      await ask("scancel", ours);
      while ((await listed()).size > 0) await pause(lookEveryMs);
    },
  };
}

/** "12_7 RUNNING" a line. What is ending or held is at work until it is gone; what waits, for the first time or again, is not. */
export function statesOf(text: string): Map<string, WorkerState> {
  const lines = text.split("\n").map((line) => line.trim().split(" "));
  return new Map(
    lines.flatMap(([id = "", state = ""]): [string, WorkerState][] =>
      id === "" ? [] : [[id, waiting.has(state) ? "queued" : "running"]],
    ),
  );
}
const waiting = new Set(["PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT"]);

function sentence(program: string, error: unknown): string {
  if (codeOf(error) === "ENOENT")
    return `There is no ${program} here; go to a machine that submits to Slurm, or leave out --on slurm.`;
  const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  const [last = ""] = said.split("\n").slice(-1);
  return `${program} failed (${last || error}); see whether Slurm is up ("sinfo"), and what it says.`;
}
