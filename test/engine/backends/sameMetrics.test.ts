import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { it } from "vitest";
import { expectSameMetrics } from "../../support/sameMetrics.ts";

it("the example ends within 0.5 points of plain JavaScript on wasm", { timeout: 300_000 }, async () => {
  const storage = mkdtempSync(path.join(os.tmpdir(), "selmix-same-"));
  await expectSameMetrics("wasm", "cpu", { storage });
});
