/** Tunes the example once, through the built command line, so that panels are tested with what users will see. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { listRunFolders } from "../../src/project/readRuns.ts";
import { exampleWorkspace } from "../support/example.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Run folder of a finished run of the example. */
    realRunFolder: string;
  }
}

export default function setup(project: TestProject): () => void {
  const workspace = exampleWorkspace();
  const cli = path.resolve("dist/cli.mjs");
  execFileSync(process.execPath, [cli, "tune", "--config", workspace.configuration, "--steps", "400"], {
    stdio: "pipe",
  });
  const [folder] = listRunFolders(workspace.folder);
  if (folder === undefined) throw new Error("The tune of the example left no run folder.");
  project.provide("realRunFolder", folder);
  return () => rmSync(workspace.folder, { recursive: true, force: true });
}
