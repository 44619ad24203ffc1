/**
 * Installs VS Code's own server, as published in the npm package code-server, into .cache/code-server.
 * It is 600 MB and compiles native parts, so it is no dependency of the project; it is fetched once, when first needed.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

export const projectRoot = path.resolve(import.meta.dirname, "../..");
const pinned = path.join(projectRoot, "test/vscode/server");
const folder = path.join(projectRoot, ".cache/code-server");
const serverMain = path.join(folder, "node_modules/code-server/lib/vscode/out/server-main.js");

/** The Node 24 that the project installs for itself: VS Code's server runs on no other. */
export const node24 = createRequire(import.meta.url).resolve("node/bin/node");

/** The headers that came with it, so that native parts are built for it without another download. */
function nodeHeaders(): string | null {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const places = [
    path.join(path.dirname(node24), "../node_modules", name),
    path.join(projectRoot, "node_modules", name),
  ];
  return places.find((place) => existsSync(path.join(place, "include/node/node.h"))) ?? null;
}

/** Debian packages that the native parts need and this machine lacks. */
function missingPackages(): string[] {
  if (process.platform !== "linux") return [];
  const has = (program: string) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
  const missing = ["g++", "make", "python3", "pkg-config"].filter((program) => !has(program));
  if (!existsSync("/usr/include/gssapi/gssapi.h")) missing.push("libkrb5-dev");
  return missing;
}

/** Identifies what should be installed, so that a changed lock file is installed anew. */
function fingerprint(): string {
  const lock = readFileSync(path.join(pinned, "package-lock.json"));
  return createHash("sha256").update(lock).update(process.platform).update(process.arch).digest("hex");
}

/** Tells how long it has taken and what is built now, on a line that is written anew; where nobody looks, nothing. */
class Progress {
  readonly #began = Date.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #part = "downloading";

  constructor() {
    if (process.stderr.isTTY) this.#timer = setInterval(() => this.#draw(), 1000);
  }

  /** What npm printed: the scripts of packages are announced as `> name@version install`. */
  read(text: string): void {
    const name = /^> ((?:@[\w.-]+\/)?[\w.-]+)@\S+ \w*install/m.exec(text)?.[1];
    if (name !== undefined) this.#part = `building ${name}`;
  }

  end(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    process.stderr.write("\r\x1b[K");
  }

  #draw(): void {
    const seconds = Math.round((Date.now() - this.#began) / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    process.stderr.write(`\r\x1b[K  ${time}  ${this.#part}`);
  }
}

function npmInstall(logFile: string): Promise<boolean> {
  const headers = nodeHeaders();
  const child = spawn("npm", ["ci", "--no-audit", "--no-fund", "--foreground-scripts"], {
    cwd: folder,
    shell: process.platform === "win32",
    env: {
      ...process.env,
      PATH: `${path.dirname(node24)}${path.delimiter}${process.env.PATH ?? ""}`,
      npm_config_jobs: "max",
      npm_config_legacy_peer_deps: undefined,
      // An npm around this one, on another Node, would be taken for the Node that installs.
      npm_config_user_agent: undefined,
      ...(headers ? { npm_config_nodedir: headers } : {}),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: Buffer[] = [];
  const progress = new Progress();
  const keep = (part: Buffer) => {
    log.push(part);
    progress.read(part.toString());
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return new Promise((resolve) => {
    const end = (code: number | null) => {
      progress.end();
      writeFileSync(logFile, Buffer.concat(log));
      resolve(code === 0);
    };
    child.once("error", () => end(null));
    child.once("close", end);
  });
}

/**
 * Returns the path of VS Code's server-main.js, installing it first where needed. An install that was interrupted is
 * done again. Throws one sentence that says what to do when it cannot be installed.
 */
export async function installedServer(say: (line: string) => void = console.error): Promise<string> {
  const marker = path.join(folder, "installed");
  const wanted = fingerprint();
  if (existsSync(serverMain) && existsSync(marker) && readFileSync(marker, "utf8") === wanted)
    return serverMain;
  const missing = missingPackages();
  if (missing.length > 0) {
    throw new Error(
      `VS Code's server cannot be built here without ${missing.join(", ")}: run "sudo apt-get install --no-install-recommends ${missing.join(" ")}" and try again.`,
    );
  }
  mkdirSync(folder, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) {
    copyFileSync(path.join(pinned, name), path.join(folder, name));
  }
  say(
    "Installing VS Code's server into .cache/code-server, once: three to seven minutes on two cores, and 600 MB.",
  );
  const log = path.join(folder, "install.log");
  if (!(await npmInstall(log)) || !existsSync(serverMain)) {
    throw new Error(`VS Code's server could not be installed: see ${log}, then try again.`);
  }
  writeFileSync(marker, wanted);
  return serverMain;
}
