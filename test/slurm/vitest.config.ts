import { defineConfig } from "vitest/config";

/** A cluster of its own: Debian's Slurm, started and stopped by the tests. */
export default defineConfig({
  test: {
    include: ["test/slurm/**/*.test.ts"],
    globalSetup: ["test/ownState.ts"],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
