/** Starts VS Code's server with folders of its own, and stops it with everything it started. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { installedServer, node24 } from "./install.ts";

export interface ServerOptions {
  /** Where the server keeps its data, the user's settings and the installed extensions. */
  readonly folder: string;
  /** 0 for any free port. */
  readonly port?: number;
  /** A packaged extension to install first; without one, use `development` when opening a window. */
  readonly vsix?: string;
  /** A secret that every window must bring along; without one, anybody on this machine may open a window. */
  readonly token?: string;
  /** Lets windows load an extension under development: a built server reads none without the hooks of VS Code's own tests. */
  readonly smokeTestDriver?: boolean;
  /** Windows open trusted, whatever the folder: for folders of the user's own. */
  readonly trusted?: boolean;
  /** Seconds in which a window that lost its connection may come back to its extension host; VS Code's own are hours. */
  readonly reconnectWithin?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Server {
  readonly url: string;
  readonly token: string | undefined;
  readonly pid: number;
  /** The user's settings.json. */
  readonly settingsFile: string;
  stop(): Promise<void>;
}

/** The address that opens `target`, a folder or a .code-workspace file, with an extension under development, if any. */
export function windowAddress(
  server: Pick<Server, "url" | "token">,
  target: string,
  development?: string,
): string {
  const url = new URL(server.url);
  if (server.token !== undefined) url.searchParams.set("tkn", server.token);
  url.searchParams.set(target.endsWith(".code-workspace") ? "workspace" : "folder", target);
  if (development !== undefined) {
    const location = `vscode-remote://${url.host}${path.resolve(development)}`;
    url.searchParams.set("payload", JSON.stringify([["extensionDevelopmentPath", location]]));
  }
  return url.href;
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (part: Buffer) => {
      said += part.toString();
      const port = /Extension host agent listening on (\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(`http://localhost:${port}/`);
    });
    child.stderr?.on("data", (part: Buffer) => {
      said += part.toString();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`VS Code's server ended with ${code}: ${said.trim()}`)));
  });
}

function folders(root: string) {
  const all = {
    data: path.join(root, "data"),
    user: path.join(root, "user"),
    extensions: path.join(root, "extensions"),
  };
  mkdirSync(path.join(all.user, "User"), { recursive: true });
  mkdirSync(all.extensions, { recursive: true });
  return all;
}

function installExtension(serverMain: string, vsix: string, at: ReturnType<typeof folders>): void {
  const args = ["--install-extension", vsix, "--force", "--extensions-dir", at.extensions];
  const all = [serverMain, ...args, "--server-data-dir", at.data, "--accept-server-license-terms"];
  const done = spawnSync(node24, all, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${vsix} could not be installed: ${done.stderr.trim()}`);
}

/** The server reads the token from a file, so that it does not show in the list of processes. */
function tokenFile(folder: string, token: string): string {
  const file = path.join(folder, "token");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, token, { mode: 0o600 });
  return file;
}

/** Resolves when the server answers; rejects with what it said when it does not start. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const serverMain = await installedServer();
  const at = folders(options.folder);
  if (options.vsix !== undefined) installExtension(serverMain, options.vsix, at);
  const args = [serverMain, "--host", "127.0.0.1", "--port", String(options.port ?? 0)];
  args.push("--accept-server-license-terms", "--telemetry-level", "off");
  if (options.token === undefined) args.push("--without-connection-token");
  else args.push("--connection-token-file", tokenFile(at.data, options.token));
  args.push("--server-data-dir", at.data, "--user-data-dir", at.user, "--extensions-dir", at.extensions);
  if (options.smokeTestDriver) args.push("--enable-smoke-test-driver");
  if (options.trusted) args.push("--disable-workspace-trust");
  if (options.reconnectWithin !== undefined)
    args.push("--reconnection-grace-time", String(options.reconnectWithin));
  const child = spawn(node24, args, {
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
    env: options.env ?? process.env,
  });
  const url = await listening(child);
  const pid = child.pid ?? 0;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    url,
    token: options.token,
    pid,
    settingsFile: path.join(at.user, "User/settings.json"),
    async stop() {
      const signal = (name: NodeJS.Signals) => {
        try {
          process.kill(process.platform === "win32" ? pid : -pid, name);
        } catch {
          // It has gone by itself.
        }
      };
      signal("SIGTERM");
      const hard = setTimeout(() => signal("SIGKILL"), 5000);
      await ended;
      clearTimeout(hard);
      signal("SIGKILL");
    },
  };
}
