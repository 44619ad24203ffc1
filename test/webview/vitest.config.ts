import { defineConfig } from "vitest/config";

/** The built webview bundles in Chromium; `npm run build` first. */
export default defineConfig({
  test: {
    include: ["test/webview/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
