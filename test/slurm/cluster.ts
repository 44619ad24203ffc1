/** A Slurm cluster of three nodes on this machine, in a folder of its own: munge, a controller, and a daemon for each node. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const nodes = ["node1", "node2", "node3"];
const lookEveryMs = 100;

export interface Cluster {
  /** What programs need to know to find it. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether nodes have host names of their own, as those of a real cluster do. */
  readonly ownHosts: boolean;
  /** What squeue lists, a line each. */
  queue(): string[];
  /** The node that a worker runs on; empty where it runs on none. */
  nodeOf(worker: string): string;
  /** The node dies: its daemon, and everything that ran there. */
  kill(node: string): Promise<void>;
  /** Ends it with all that ran there, and throws where something is left. */
  stop(): Promise<void>;
}

/** Starts it, and returns when all nodes are idle. */
export async function startCluster(): Promise<Cluster> {
  for (const program of ["munged", "slurmctld", "slurmd", "sbatch"]) requireProgram(program);
  const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-slurm-"));
  const configuration = path.join(folder, "slurm.conf");
  for (const name of ["munge", "state", "spool", "log"]) mkdirSync(path.join(folder, name), { mode: 0o700 });
  writeFileSync(path.join(folder, "munge/key"), randomBytes(1024), { mode: 0o400 });
  writeFileSync(configuration, settings(folder, await freePorts(nodes.length + 1)));
  const env = { ...process.env, SLURM_CONF: configuration };
  const ownHosts = canName();
  const daemons = new Map<string, ChildProcess>();
  const start = (name: string, ...words: string[]) => daemons.set(name, daemon(words, folder, name, env));
  const munge = ["key-file=key", "socket=socket", "pid-file=pid", "log-file=log", "seed-file=seed"];
  const places = munge.map((one) => `--${one.replace("=", `=${folder}/munge/`)}`);
  start("munged", "munged", "--foreground", "--force", ...places);
  start("slurmctld", "slurmctld", "-D", "-i");
  for (const node of nodes) {
    mkdirSync(path.join(folder, "spool", node));
    const named = ownHosts ? ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', node] : [];
    start(node, ...named, "slurmd", "-D", "-N", node);
  }
  const ask = (program: string, ...words: string[]) =>
    execFileSync(program, words, { env, encoding: "utf8" });
  const cluster: Cluster = {
    ...{ env, ownHosts },
    queue: () => ask("squeue", "--noheader", "--array", "--format=%i %T").split("\n").filter(Boolean),
    nodeOf: (worker) =>
      ask("squeue", "--noheader", "--array", "--format=%i %N")
        .split("\n")
        .find((line) => line.startsWith(`${worker} `))
        ?.split(" ")[1] ?? "",
    async kill(node) {
      await end(daemons.get(node));
      for (const pid of processesOf(configuration, node)) killIfThere(pid);
    },
    async stop() {
      for (const one of [...daemons.values()].reverse()) await end(one);
      for (const pid of processesOf(configuration, null)) killIfThere(pid);
      await pause(lookEveryMs);
      const left = processesOf(configuration, null);
      if (left.length > 0) throw new Error(`Still running after the cluster was stopped: ${left}`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    for (let idle = 0; idle < nodes.length; await pause(lookEveryMs)) {
      const dead = [...daemons].find(([, { exitCode }]) => exitCode !== null);
      if (dead)
        throw new Error(`${dead[0]} ended: ${readFileSync(path.join(folder, "log", dead[0]), "utf8")}`);
      idle = idleNodes(ask);
    }
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function idleNodes(ask: (program: string, ...words: string[]) => string): number {
  try {
    return ask("sinfo", "--noheader", "--Node", "--format=%t")
      .split("\n")
      .filter((state) => state === "idle").length;
  } catch {
    // The controller is not up yet.
    return 0;
  }
}

function requireProgram(program: string): void {
  try {
    execFileSync("sh", ["-c", 'PATH="$PATH:/usr/sbin" command -v "$0"', program], { stdio: "ignore" });
  } catch {
    throw new Error(`There is no ${program}; install slurm-wlm and munge (apt-get install slurm-wlm munge).`);
  }
}

/** Only root may give a process another host name. */
function canName(): boolean {
  try {
    execFileSync("unshare", ["--uts", "hostname", "a-node"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function daemon(
  words: readonly string[],
  folder: string,
  name: string,
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const said = openSync(path.join(folder, "log", name), "a");
  const [program = "", ...args] = words;
  const own = { ...env, PATH: `${env.PATH}:/usr/sbin` };
  const child = spawn(program, args, { env: own, stdio: ["ignore", said, said] });
  closeSync(said);
  return child;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** What runs in jobs of the cluster, on one node or on all, with the daemons that look after them, these first. */
function processesOf(configuration: string, node: string | null): number[] {
  const read = (pid: string, what: string) => {
    try {
      return readFileSync(`/proc/${pid}/${what}`, "utf8");
    } catch {
      return "";
    }
  };
  const jobs = readdirSync("/proc").filter((pid) => {
    const variables = /^\d+$/.test(pid) ? read(pid, "environ").split("\0") : [];
    const isThere = node === null || variables.includes(`SLURMD_NODENAME=${node}`);
    return variables.includes(`SLURM_CONF=${configuration}`) && isThere && Number(pid) !== process.pid;
  });
  const parents = jobs.map((pid) => read(pid, "stat").split(") ").at(-1)?.split(" ")[1] ?? "");
  const steps = parents.filter((pid) => read(pid, "comm").startsWith("slurmstepd"));
  return [...new Set([...steps, ...jobs])].map(Number);
}

/** Ports that nobody uses now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

function settings(folder: string, [controller, ...ports]: number[]): string {
  const host = os.hostname();
  const user = os.userInfo().username;
  const all = {
    ...{ ClusterName: "selmix", SlurmctldHost: `${host}(127.0.0.1)`, SlurmctldPort: controller },
    ...{ SlurmUser: user, SlurmdUser: user },
    ...{ AuthType: "auth/munge", AuthInfo: `socket=${folder}/munge/socket`, CredType: "cred/munge" },
    ...{ SlurmctldPidFile: `${folder}/controller.pid`, SlurmdPidFile: `${folder}/%n.pid` },
    ...{ SlurmdSpoolDir: `${folder}/spool/%n`, StateSaveLocation: `${folder}/state` },
    ...{ ProctrackType: "proctrack/linuxproc", TaskPlugin: "task/none", MpiDefault: "none" },
    ...{ JobAcctGatherType: "jobacct_gather/none", AccountingStorageType: "accounting_storage/none" },
    ...{ SelectType: "select/cons_tres", SelectTypeParameters: "CR_Core", ReturnToService: 2 },
    // A node that says nothing for so many seconds is dead.
    ...{
      SlurmdTimeout: 5,
      MessageTimeout: 5,
      KillWait: 2,
      MinJobAge: 2,
      SchedulerParameters: "sched_interval=1",
    },
  };
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}`);
  const machines = nodes.map(
    (node, at) => `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[at]} CPUs=1`,
  );
  return [...lines, ...machines, "PartitionName=all Nodes=ALL Default=YES State=UP", ""].join("\n");
}
