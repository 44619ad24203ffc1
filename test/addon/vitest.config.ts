import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["test/addon/**/*.test.ts"], testTimeout: 300_000 } });
