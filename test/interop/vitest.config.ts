import { defineConfig } from "vitest/config";

/** Needs Python 3.11 or later, and its package index on the first run. */
export default defineConfig({
  test: {
    include: ["test/interop/**/*.test.ts"],
    globalSetup: ["test/ownState.ts", "test/interop/environment.ts"],
    testTimeout: 300_000,
    hookTimeout: 1_200_000,
    fileParallelism: false,
  },
});
