import { defineConfig } from "vitest/config";
import { triedTwice } from "../../support/triedTwice.ts";

/** The VS Code suite's server and the interop suite's Python in one: for what needs both. */
export default defineConfig({
  test: {
    include: ["test/vscode/training/**/*.test.ts"],
    globalSetup: ["test/interop/environment.ts", "test/vscode/harness/serve.ts"],
    fileParallelism: false,
    retry: 1,
    reporters: ["default", triedTwice],
    testTimeout: 480_000,
    hookTimeout: 1_200_000,
  },
});
