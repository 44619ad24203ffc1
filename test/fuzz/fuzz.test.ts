import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { attempt, inputOf, prepare } from "./attempt.ts";
import { targets } from "./targets.ts";

/** A short share of what `npm run fuzz` does. */
const share = 250;
const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(await targets())("$name", (target) => {
  const file = prepare(target, folder);

  test("reads or refuses mutated files", async () => {
    for (let index = 0; index < share; index++) {
      const problem = await attempt(target, file, inputOf(target, index), index % 50 === 0);
      expect(problem, `input ${index}`).toBeNull();
    }
  });

  const corpus = path.join(import.meta.dirname, "corpus", target.name);
  const past = existsSync(corpus) ? readdirSync(corpus) : [];
  if (past.length === 0) return;
  test.each(past)("reads or refuses %s, which once went wrong", async (name) => {
    expect(await attempt(target, file, readFileSync(path.join(corpus, name)), true)).toBeNull();
  });
});
