/**
 * Where attacks take place: a workspace that can be made as new, a state folder and caches of its own, and a mark in the
 * environment of every process that is started, by which none of them can hide. What must hold after an attack stands here.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { listRunFolders, readRunRecord } from "../../../src/project/readRuns.ts";
import { exampleWorkspace } from "../../support/example.ts";
import { hashes, markedProcesses } from "../../vscode/harness/leftovers.ts";

const cli = path.resolve("dist/cli.mjs");
/** So long may what a killed process started live on. */
const orphanMilliseconds = 5_000;
/** After it a command counts as hung. */
const patience = 120_000;

const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.tuple([z.number()], z.number()),
  data_offsets: z.tuple([z.number(), z.number()]),
});
/** Of a table of the example. */
const headerSchema = z.object({ features: tensorSchema, labels: tensorSchema });

/** What an attack came to: a word for what happened, and everything that should not have happened. */
export interface Trial {
  readonly happened: string;
  readonly faults: readonly string[];
}

export interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly error: string;
  readonly milliseconds: number;
}

/** A program that makes the tables: two processes that take their time, and copies of the tables as they were; of a checkpoint
 * that is called "other", the test set has other features. */
const slowCommand = `sleep 0.3 &
sleep 0.3
cp original/*.safetensors "$1"
case "$2" in *other*) cp other-test.safetensors "$1/test.safetensors" ;; esac
wait
`;

export class Arena {
  readonly folder: string;
  readonly configuration: string;
  readonly output: string;
  readonly #mark = `SELMIX_ATTACK=${randomBytes(8).toString("hex")}`;
  readonly #own: string;
  readonly #pristine: string;
  /** What lies in the workspace after a tune that nothing disturbed, but for run folders. */
  #files: readonly string[] = [];
  /** What must have this content whenever it is there: sources, and the output of that tune. */
  #whole: Record<string, string> = {};
  #started: ChildProcess[] = [];

  constructor(values: Record<string, unknown> = {}, withCommand = false) {
    const command = withCommand
      ? { "features.command": ["sh", "slow.sh", "${featuresDir}", "${checkpoint}"] }
      : {};
    const workspace = exampleWorkspace({
      "tuning.steps": 20,
      "tuning.cycle": 10,
      "tuning.controls": "none",
      ...command,
      ...values,
    });
    this.folder = workspace.folder;
    this.configuration = workspace.configuration;
    this.output = workspace.output;
    for (const name of ["train", "validation", "test"]) {
      const table = path.join(this.folder, `features/${name}.safetensors`);
      writeFileSync(table, someRows(readFileSync(table)));
    }
    if (withCommand) {
      writeFileSync(path.join(this.folder, "slow.sh"), slowCommand);
      cpSync(path.join(this.folder, "features"), path.join(this.folder, "original"), { recursive: true });
      const negated = negatedHalves(readFileSync(path.join(this.folder, "features/test.safetensors")));
      writeFileSync(path.join(this.folder, "other-test.safetensors"), negated);
    }
    this.#own = `${this.folder}-own`;
    this.#pristine = `${this.folder}-pristine`;
    cpSync(this.folder, this.#pristine, { recursive: true });
    this.renew();
  }

  /** The environment of everything that is started here. */
  get env(): NodeJS.ProcessEnv {
    const [name = "", value] = this.#mark.split("=");
    const own = {
      SELMIX_STATE: path.join(this.#own, "state"),
      SELMIX_STORAGE: path.join(this.#own, "cache"),
    };
    return { ...process.env, ...own, [name]: value, NO_COLOR: "1" };
  }

  /** Everything of ours is below one of these. */
  get roots(): readonly string[] {
    return [this.folder, this.#own];
  }

  /** The workspace as it was; the cache stays, for it is made once for all. */
  renew(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(path.join(this.#own, "state"), { recursive: true, force: true });
    mkdirSync(path.join(this.#own, "state"), { recursive: true });
    cpSync(this.#pristine, this.folder, { recursive: true });
  }

  start(program: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(program, words, {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#started.push(child);
    return child;
  }

  selmix(
    words: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): { child: ChildProcess; ended: Promise<Ended> } {
    const child = this.start(process.execPath, [cli, ...words, "--backend", "wasm"], env);
    return { child, ended: ended(child) };
  }

  /** A tune that nothing disturbs: what it leaves is what every later one must leave. */
  async undisturbed(): Promise<void> {
    const done = await this.selmix(["tune"]).ended;
    if (done.status !== 0) throw new Error(`The example is not tuned: ${done.error}`);
    const now = this.#content();
    const output = path.relative(this.folder, this.output);
    this.#files = Object.keys(now);
    this.#whole = { ...hashes(this.#pristine), [output]: now[output] ?? "" };
  }

  /** Living processes that were started here, directly or not, whose command fits. */
  processes(pattern = /./): { pid: number; command: string }[] {
    return markedProcesses(this.#mark).filter(({ command }) => pattern.test(command));
  }

  /** What is wrong just after an attack: sources that changed, half an output, processes that outlive it by 5 s. */
  async faultsNow(): Promise<string[]> {
    const deadline = Date.now() + orphanMilliseconds;
    while (this.processes().length > 0 && Date.now() < deadline) await pause(25);
    const faults = this.processes().map(({ command }) => `still runs after 5 s: ${command.slice(0, 120)}`);
    const now = this.#content();
    const output = path.relative(this.folder, this.output);
    for (const [file, hash] of Object.entries(this.#whole))
      if (now[file] !== hash && (file !== output || now[file] !== undefined))
        faults.push(`${file} is not what it must be`);
    return faults;
  }

  /** What is wrong after the command that follows: it fails, or something is left, or a run says that it runs. */
  async faultsAfterNext(): Promise<string[]> {
    const next = await this.selmix(["tune"]).ended;
    const faults =
      next.status === 0 ? [] : [`the next tune ends with ${next.status}: ${next.error.slice(-300)}`];
    const now = this.#content();
    for (const file of Object.keys(now)) if (!this.#files.includes(file)) faults.push(`${file} is left`);
    for (const file of this.#files) if (now[file] === undefined) faults.push(`${file} is missing`);
    for (const [file, hash] of Object.entries(this.#whole))
      if (now[file] !== hash) faults.push(`${file} is not what it must be`);
    const runs = path.join(this.folder, ".selmix/runs");
    const folders = listRunFolders(this.folder);
    const names = existsSync(runs) ? readdirSync(runs) : [];
    if (folders.length !== names.length)
      faults.push(`what is no run lies among the runs: ${names.join(", ")}`);
    for (const folder of folders) {
      const state = readRunRecord(folder)?.state;
      if (state !== "done" && state !== "failed" && state !== "cancelled")
        faults.push(`a run says that it is ${state ?? "nothing"}`);
      const half = readdirSync(folder).filter((name) => name.endsWith(".tmp"));
      if (half.length > 0) faults.push(`a run keeps ${half.join(", ")}`);
    }
    for (const name of ["unfinished", "locks"]) {
      const folder = path.join(this.#own, "state", name);
      const left = existsSync(folder) ? readdirSync(folder) : [];
      if (left.length > 0) faults.push(`${name} keeps ${left.join(", ")}`);
    }
    return faults;
  }

  remove(): void {
    for (const child of this.#started) child.kill("SIGKILL");
    for (const folder of [this.folder, this.#own, this.#pristine])
      rmSync(folder, { recursive: true, force: true });
  }

  #content(): Record<string, string> {
    const all = Object.entries(hashes(this.folder));
    return Object.fromEntries(all.filter(([file]) => !file.startsWith(path.join(".selmix", "runs"))));
  }
}

/** Every so-many-th row of the example's tables is enough for a tune that is to be killed. */
const rowsKept = 5;

/** A table with fewer rows: each trial takes two tunes, whose time goes mostly into rows. */
function someRows(table: Uint8Array): Uint8Array {
  const bytes = Buffer.from(table);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const parts: Buffer[] = [];
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, tensor] of Object.entries(
    headerSchema.parse(JSON.parse(bytes.toString("utf8", 8, start))),
  )) {
    const [rows, ...rest] = tensor.shape;
    const [from, to] = tensor.data_offsets.map((offset) => start + offset) as [number, number];
    const width = (to - from) / rows;
    for (let row = 0; row < rows; row += rowsKept)
      parts.push(bytes.subarray(from + row * width, from + (row + 1) * width));
    const kept = Math.ceil(rows / rowsKept);
    header[name] = { ...tensor, shape: [kept, ...rest], data_offsets: [end, end + kept * width] };
    end += kept * width;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

/** A table with the sign of each of its features changed; in a copy. */
function negatedHalves(table: Uint8Array): Uint8Array {
  const bytes = Buffer.from(table);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { dtype, data_offsets } = headerSchema.parse(JSON.parse(bytes.toString("utf8", 8, start))).features;
  if (dtype !== "F16") throw new Error(`The example's features are ${dtype} now.`);
  for (let at = start + data_offsets[0] + 1; at < start + data_offsets[1]; at += 2)
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x80, at);
  return bytes;
}

/** Waits for a process's end; one that takes longer than anything may is killed and has no status. */
export function ended(child: ChildProcess): Promise<Ended> {
  const start = performance.now();
  let [output, error] = ["", ""];
  child.stdout?.on("data", (part) => {
    output += part;
  });
  child.stderr?.on("data", (part) => {
    error = `${error}${part}`.slice(-20_000);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  return new Promise((resolve) => {
    child.once("exit", (status) => {
      clearTimeout(timer);
      const done = () => resolve({ status, output, error, milliseconds: performance.now() - start });
      child.once("close", done);
      // What it leaves running may hold its pipes open.
      setTimeout(done, 1_000).unref();
    });
  });
}

/** Whether what a command printed is a sentence of ours and no dump of a stack. */
export function isSentence(error: string): boolean {
  return /^selmix: \S/m.test(error) && !/^\s+at .*:\d+:\d+\)?$/m.test(error);
}
