import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/addon/**/*.test.ts"], globalSetup: ["test/ownState.ts"], testTimeout: 300_000 },
});
