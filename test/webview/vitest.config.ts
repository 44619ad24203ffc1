import { defineConfig } from "vitest/config";

/** Tests of the panels: their view-models, and the built bundles in Chromium. Build first. */
export default defineConfig({
  test: {
    include: ["test/webview/**/*.test.ts"],
    globalSetup: ["test/webview/realRun.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
