/**
 * `npm run code`: opens VS Code on the example workspace with this extension in it. Uses the desktop VS Code when the
 * `code` command is there, and otherwise VS Code's server in the browser. `-- --browser` asks for the browser,
 * `-- <folder>` opens another workspace.
 */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { installedServer, projectRoot } from "./vscode/install.ts";
import { type Server, startServer, windowAddress } from "./vscode/server.ts";

/** The first window shows SelMix and nothing that greets or asks; what the user changes there stays. */
const firstSettings = {
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

const { values, positionals } = parseArgs({
  options: { browser: { type: "boolean", default: false }, port: { type: "string", default: "0" } },
  allowPositionals: true,
});
const example = path.join(projectRoot, "examples/fashion-mnist-lt");
const workspace = path.resolve(positionals[0] ?? example);
/** The example comes with this repository, whose code runs already; about any other folder VS Code asks. */
const trusted = workspace === example;

/** Whether `code` starts a desktop VS Code; in a remote terminal it cannot load an extension under development. */
function hasDesktop(): boolean {
  if (process.env.VSCODE_IPC_HOOK_CLI !== undefined) return false;
  return spawnSync("code", ["--version"], { shell: process.platform === "win32" }).status === 0;
}

function openInDesktop(): void {
  const args = ["--new-window", `--extensionDevelopmentPath=${projectRoot}`, workspace];
  if (trusted) args.push("--disable-workspace-trust");
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

function setUp({ settingsFile }: Pick<Server, "settingsFile">): void {
  if (existsSync(settingsFile)) return;
  mkdirSync(path.dirname(settingsFile), { recursive: true });
  writeFileSync(settingsFile, `${JSON.stringify(firstSettings, null, 2)}\n`);
}

async function openInBrowser(): Promise<void> {
  await installedServer();
  const server = await startServer({
    folder: path.join(projectRoot, ".cache/code"),
    port: Number(values.port),
    token: randomBytes(16).toString("hex"),
    smokeTestDriver: true,
    trusted,
  });
  setUp(server);
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
