/** A result that cannot be printed is no success. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { expect, it } from "vitest";

const help = ["dist/cli.mjs", "tune", "--help"];

it.skipIf(process.platform !== "linux")(
  "a full disk behind the output is told, with the status of a failure",
  () => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, help, {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect(stderr).toMatch(/^selmix: What was to be printed cannot be written: the disk is full/);
    expect(status).toBe(1);
  },
);

it.skipIf(process.platform === "win32")("a reader that has seen enough is no failure", () => {
  const { stdout } = spawnSync(
    "sh",
    ["-c", '"$0" "$@" | true; "$0" "$@" | head -c 1', process.execPath, ...help],
    {
      encoding: "utf8",
    },
  );
  expect(stdout).toHaveLength(1);
});
