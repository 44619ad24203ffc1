import { defineConfig } from "vitest/config";

/** One VS Code server for all, one window at a time: the tests watch processes and share the user's settings. */
export default defineConfig({
  test: {
    include: ["test/vscode/**/*.test.ts"],
    globalSetup: ["test/vscode/harness/serve.ts"],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
});
