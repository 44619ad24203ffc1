import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      "test/vscode/**",
      "test/webview/**",
      "test/interop/**",
      "test/addon/**",
      "test/site/**",
      "test/slurm/**",
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    globalSetup: ["test/ownState.ts"],
  },
});
