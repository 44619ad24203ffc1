import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { it } from "vitest";
import { expectSameMetrics } from "../../support/sameMetrics.ts";

it.each(["wasm", "native"] as const)(
  "the example ends within 0.5 points of plain JavaScript on %s",
  { timeout: 300_000 },
  async (name) => {
    const storage = mkdtempSync(path.join(os.tmpdir(), "selmix-same-"));
    await expectSameMetrics(name, "cpu", { storage });
  },
);
