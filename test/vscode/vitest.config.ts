import { defineConfig } from "vitest/config";
import { triedTwice } from "../support/triedTwice.ts";

/**
 * One VS Code server for all, one window at a time: the tests watch processes and share the user's settings. A real window
 * on a busy machine now and then loses a key or a notification, so a test counts as failed when it fails twice.
 */
export default defineConfig({
  test: {
    include: ["test/vscode/**/*.test.ts"],
    exclude: ["test/vscode/training/**"],
    globalSetup: ["test/vscode/harness/serve.ts"],
    fileParallelism: false,
    retry: 1,
    reporters: ["default", triedTwice],
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
});
