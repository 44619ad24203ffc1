/** What tests write of ours for the user goes into a folder of theirs: nothing of the person who runs them is touched. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export default function setup(): () => void {
  const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-state-of-tests-"));
  process.env.SELMIX_STATE = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
