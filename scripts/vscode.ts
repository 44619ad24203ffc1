/**
 * `npm run code`: opens VS Code on the example workspace with this extension in it. Uses the desktop VS Code when the
 * `code` command is there, and otherwise VS Code's server in the browser. `-- --browser` asks for the browser,
 * `-- <folder>` opens another workspace.
 */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { parseArgs } from "node:util";
import { installedServer, projectRoot } from "./vscode/install.ts";
import { startServer, windowAddress } from "./vscode/server.ts";

const { values, positionals } = parseArgs({
  options: { browser: { type: "boolean", default: false }, port: { type: "string", default: "0" } },
  allowPositionals: true,
});
const workspace = path.resolve(positionals[0] ?? path.join(projectRoot, "examples/fashion-mnist-lt"));

/** Whether `code` starts a desktop VS Code; in a remote terminal it cannot load an extension under development. */
function hasDesktop(): boolean {
  if (process.env.VSCODE_IPC_HOOK_CLI !== undefined) return false;
  return spawnSync("code", ["--version"], { shell: process.platform === "win32" }).status === 0;
}

function openInDesktop(): void {
  const args = ["--new-window", `--extensionDevelopmentPath=${projectRoot}`, workspace];
  spawnSync("code", args, { stdio: "inherit", shell: process.platform === "win32" });
}

/** Opens the system's browser where there is a screen; the address is printed anyway. */
function openBrowser(address: string): void {
  const opener = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  const screen = process.platform !== "linux" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!screen) return;
  const child = spawn(opener, [address], { stdio: "ignore", detached: true });
  child.once("error", () => console.log("No browser could be started: open the address by hand."));
  child.unref();
}

async function openInBrowser(): Promise<void> {
  await installedServer();
  const server = await startServer({
    folder: path.join(projectRoot, ".cache/code"),
    port: Number(values.port),
    token: randomBytes(16).toString("hex"),
  });
  const address = windowAddress(server, workspace, projectRoot);
  console.log(`VS Code with SelMix is at\n\n  ${address}\n\nCtrl+C stops it.`);
  openBrowser(address);
  const stop = () => void server.stop().then(() => process.exit(0));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

try {
  if (!values.browser && hasDesktop()) openInDesktop();
  else await openInBrowser();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
