/** The Python package: built, installed and used as its README says, and from the callbacks of the frameworks. */
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { python, root } from "./environment.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-python-"));
const packages = path.join(folder, "packages");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  const build = [path.join(root, "scripts/python.ts"), "--out", folder, "--python", python];
  execFileSync(process.execPath, build, { cwd: root, stdio: "inherit" });
  const [wheel] = globSync("selmix-*.whl", { cwd: folder });
  const lightning = ["pytorch-lightning", "lightning-utilities", "torchmetrics"];
  const install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", packages];
  execFileSync(python, [...install, path.join(folder, wheel), ...lightning], { stdio: "inherit" });
});

/** What a part of python_package.py found. */
function found<Part extends z.ZodType>(part: string, schema: Part): z.infer<Part> {
  const scripts = ["with_torchvision.py", "python_package.py"];
  const [start, script] = scripts.map((name) => path.join(import.meta.dirname, name));
  const work = mkdtempSync(path.join(folder, `${part}-`));
  const env = { ...process.env, KERAS_BACKEND: "tensorflow", TF_CPP_MIN_LOG_LEVEL: "3" };
  const said = execFileSync(python, [start, script, packages, work, part], { encoding: "utf8", env });
  return schema.parse(JSON.parse(said.trim().split("\n").at(-1) ?? ""));
}

const shares = z.array(z.number());

describe("selmix.tune", () => {
  it("takes arrays and gives back a head that does what is said of it", () => {
    const result = found(
      "arrays",
      z.object({
        ...{ decision: z.string(), set: z.string(), html: z.string(), text: z.string(), output: z.null() },
        ...{ said: shares, found: shares, before: shares, saidBefore: shares },
      }),
    );
    expect(result.decision).toMatch(/^use/);
    expect(result.set).toBe("test");
    result.said.forEach((share, k) => {
      expect(result.found[k]).toBeCloseTo(share, 2);
    });
    result.saidBefore.forEach((share, k) => {
      expect(result.before[k]).toBeCloseTo(share, 2);
    });
    expect(Math.min(...result.found)).toBeGreaterThan(Math.min(...result.before) + 0.2);
    expect(result.text).toMatch(/^Use .*worst-class recall rose/);
    expect(result.html).toContain("<td>ash &lt;b&gt;</td>");
    expect(result.html).not.toContain("<b>");
  });

  it("leaves the head as it was where no other is to be used, and says what is wrong in a sentence", () => {
    const result = found(
      "as_it_was",
      z.object({
        ...{ decision: z.string(), same: z.boolean(), said: z.array(z.string()), untouched: z.boolean() },
      }),
    );
    expect(result).toMatchObject({ decision: "doNotUse", same: true, untouched: true });
    const wanted = [/full is not empty/, /not both/, /give `classes`/, /missing\.npz/, /fastest/];
    expect(result.said).toHaveLength(wanted.length);
    wanted.forEach((pattern, at) => {
      expect(result.said[at]).toMatch(pattern);
    });
  });
});

describe.each(["lightning", "transformers", "keras"])("the callback of %s", (framework) => {
  it("tunes each epoch into a copy that its framework loads, and that does what is said of it", () => {
    const copies = z.array(z.tuple([shares, shares]));
    const result = found(framework, z.object({ epochs: z.number(), copies }));
    expect(result.epochs).toBe(2);
    expect(result.copies.length).toBeGreaterThan(0);
    for (const [said, seen] of result.copies) {
      said.forEach((share, k) => {
        expect(seen[k]).toBeCloseTo(share, 2);
      });
    }
  });
});
