/** The engine process: forked by the extension host (or any parent), ends with it. */
import module from "node:module";
import { compiledFolder, keepForOwner } from "../../files/ownFolders.ts";
import { killGroup } from "../../project/processes.ts";
import type { FromEngine } from "../../protocol/engine.ts";
import { version } from "../version.ts";
import { startWatchdog } from "../watchdog/watchdog.ts";
import type { JobRunner } from "./server.ts";

keepForOwner();
// Node 22 and newer; never in the temporary folder that all users of a machine share.
const compiled = compiledFolder();
if (compiled !== null) module.enableCompileCache?.(compiled);

const parent = process.ppid;
const heartbeatMs = 1000;
const graceMs = 2000;
const watchdog = startWatchdog({ role: "engine" });
const { EngineServer } = await import("./server.ts");

/** Loaded with the first job: an engine that waits costs little. */
const run: JobRunner = async (request, context) => (await import("./jobs.ts")).runJob(request, context);

/** Process groups of programs that jobs started and that run. */
const programs = new Set<number>();

function send(message: FromEngine, sent?: () => void): void {
  if (message.type === "program") {
    if (message.running) programs.add(message.pid);
    else programs.delete(message.pid);
  }
  if (message.type === "progress") watchdog.phase(message.progress.phase);
  // The parent may be gone between the check and the call; `disconnect` ends us then.
  if (process.connected) process.send?.(message, undefined, undefined, () => sent?.());
  else sent?.();
}

let leaving = false;

/** Ends the jobs, which remove their temporary files and the programs they started, and then the process. */
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  await Promise.race([server.cancelAll(), new Promise((resolve) => setTimeout(resolve, graceMs))]);
  for (const pid of programs) killGroup(pid);
  // The last answer is out when this one is; a channel that broke never says so.
  send({ type: "heartbeat", at: Date.now() }, () => process.exit(0));
  setTimeout(() => process.exit(0), graceMs);
}

const server = new EngineServer(
  run,
  (message) => send(message),
  () => void leave(),
);
process.on("message", (message) => server.receive(message));
for (const end of ["disconnect", "SIGTERM", "SIGINT"]) process.on(end, () => void leave());

setInterval(() => {
  // A parent that was killed leaves us to another: the id changes, even where `disconnect` is late.
  if (process.ppid !== parent) void leave();
  else send({ type: "heartbeat", at: Date.now() });
}, heartbeatMs);

send({ type: "ready", pid: process.pid, version });
