import { defineConfig } from "vitest/config";
import { triedTwice } from "../support/triedTwice.ts";

/**
 * Tests of the panels: their view-models, and the built bundles in Chromium. Build first. A browser on a busy machine now and
 * then loses a click, so a test counts as failed when it fails twice.
 */
export default defineConfig({
  test: {
    include: ["test/webview/**/*.test.ts"],
    globalSetup: ["test/webview/realRun.ts"],
    retry: 1,
    reporters: ["default", triedTwice],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
