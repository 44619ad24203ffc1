/**
 * Before the tests: packages the extension, starts VS Code's server with it installed, and after them stops it.
 * With SELMIX_FROM_SOURCE=1 the windows load the extension from the working tree instead, as built last.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { projectRoot } from "../../../scripts/vscode/install.ts";
import { startServer } from "../../../scripts/vscode/server.ts";

export interface ServerForTests {
  readonly url: string;
  readonly settingsFile: string;
  readonly pid: number;
  /** The working tree, when the extension is not installed but loaded from there. */
  readonly development: string | null;
  /** In the environment of every process the server starts, directly or not. */
  readonly mark: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    server: ServerForTests;
  }
}

const markName = "SELMIX_TEST_RUN";

/** The VSIX for all platforms, or for one as VS Code calls it ("linux-x64"), packaged now. */
function packageExtension(platform?: string): string {
  const target = platform === undefined ? [] : ["--", "--target", platform];
  const done = spawnSync("npm", ["run", "--silent", "package", ...target], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(`The extension could not be packaged: ${done.stdout}${done.stderr}`);
  return path.join(projectRoot, platform === undefined ? "selmix.vsix" : `selmix-${platform}.vsix`);
}

/**
 * Starts the server; `stop` ends it with everything it started and removes its folders.
 * @param platform whose own VSIX is installed, whatever SELMIX_FROM_SOURCE says; the one for all when absent
 */
export async function serveForTests(
  platform?: string,
): Promise<{ server: ServerForTests; stop: () => Promise<void> }> {
  const fromSource = platform === undefined && process.env.SELMIX_FROM_SOURCE === "1";
  const vsix = fromSource ? {} : { vsix: packageExtension(platform) };
  const folder = mkdtempSync(path.join(tmpdir(), "selmix-vscode-"));
  const value = path.basename(folder);
  const env = { ...process.env, [markName]: value, SELMIX_STATE: path.join(folder, "selmix-state") };
  const { url, pid, settingsFile, stop } = await startServer({
    ...{ folder, env, smokeTestDriver: true },
    // The word by which a closing window ends its extension host may be lost with it; no test may wait minutes for that.
    reconnectWithin: 5,
    ...vsix,
  });
  const stopHard = () => process.kill(-pid, "SIGKILL");
  process.once("exit", stopHard);
  const development = fromSource ? projectRoot : null;
  return {
    server: { url, pid, settingsFile, development, mark: `${markName}=${value}` },
    async stop() {
      process.off("exit", stopHard);
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, stop } = await serveForTests();
  project.provide("server", server);
  return stop;
}
