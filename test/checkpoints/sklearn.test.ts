/** scikit-learn's estimators: the head as scikit-learn has it, copies that differ in its numbers alone, and the way out of others. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { isCompleteCheckpoint, openCheckpoint } from "../../src/checkpoints/formats.ts";
import { headNames, headReplacements, readHead } from "../../src/checkpoints/head.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures/sklearn");
const scores = z
  .record(
    z.string(),
    z.object({ features: z.array(z.array(z.number())), scores: z.array(z.array(z.number())) }),
  )
  .parse(JSON.parse(readFileSync(path.join(fixtures, "scores.json"), "utf8")));

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-sklearn-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = Object.entries(scores);

describe("an estimator", () => {
  it.each(files)("in %s gives scikit-learn's own scores", async (file, { features, scores: wanted }) => {
    const checkpoint = await openCheckpoint(path.join(fixtures, file));
    const size = features[0]?.length ?? 0;
    const location = findHead(checkpoint, { featureSize: size, minimumClasses: 2 });
    const { classes, weight, bias } = await readHead(checkpoint, location);
    await checkpoint.close();
    for (const [i, row] of features.entries()) {
      const logits = Array.from({ length: classes }, (_, k) =>
        row.reduce((sum, value, j) => sum + value * (weight[k * size + j] ?? 0), bias?.[k] ?? 0),
      );
      const own = location.oneOutput ? [(logits[1] ?? 0) - (logits[0] ?? 0)] : logits;
      for (const [k, value] of (wanted[i] ?? []).entries()) expect(own[k]).toBeCloseTo(value, 4);
    }
  });

  it.each(files)(
    "in %s is copied with its last layer's numbers changed, and back to the very bytes",
    async (file, { features }) => {
      const source = path.join(fixtures, file);
      const checkpoint = await openCheckpoint(source);
      const request = { featureSize: features[0]?.length ?? 0, minimumClasses: 2 };
      const location = findHead(checkpoint, request);
      const head = await readHead(checkpoint, location);
      const turned = { ...head, weight: head.weight.map((value) => value / 2) };
      const target = path.join(folder, file);
      await checkpoint.writeCopy(target, headReplacements(location, turned));
      const copy = await openCheckpoint(target);
      expect([...(await readHead(copy, findHead(copy, request))).weight]).toEqual([...turned.weight]);
      const names = checkpoint.tensors
        .map(({ name }) => name)
        .filter((name) => !headNames(location).includes(name));
      for (const name of names) expect(await bytes(copy, name)).toEqual(await bytes(checkpoint, name));
      await copy.close();
      const restored = path.join(folder, `again-${file}`);
      await checkpoint.writeCopy(restored, []);
      expect(readFileSync(restored).equals(readFileSync(source))).toBe(true);
      await checkpoint.close();
    },
  );

  it.each([
    ["logreg.joblib", ["calm", "rain", "storm"]],
    ["objects.joblib", ["calm", "rain", "storm"]],
    ["binary4.pkl", ["False", "True"]],
    ["mlp.joblib", undefined],
  ])("in %s names its classes %j", async (file, names) => {
    const checkpoint = await openCheckpoint(path.join(fixtures, file));
    await checkpoint.close();
    expect(checkpoint.classNames).toEqual(names);
  });
});

describe("files that are not patched say the line that saves the last layer", () => {
  const savez = /np\.savez\("\w+\.npz", coef_=m\.coef_, intercept_=m\.intercept_\)/;

  it.each([
    ["compressed.joblib", /compressed \(zlib\)/],
    ["old2.pkl", savez],
  ])("%s", async (file, sentence) => {
    await expect(openCheckpoint(path.join(fixtures, file))).rejects.toThrow(sentence);
    await expect(openCheckpoint(path.join(fixtures, file))).rejects.toThrow(savez);
  });

  it("one that ends too early, which is not complete either", async () => {
    const whole = readFileSync(path.join(fixtures, "logreg.joblib"));
    const file = path.join(folder, "half.joblib");
    writeFileSync(file, whole.subarray(0, whole.length - 40));
    await expect(openCheckpoint(file)).rejects.toThrow(savez);
    expect(await isCompleteCheckpoint(file)).toBe(false);
    expect(await isCompleteCheckpoint(path.join(fixtures, "logreg.joblib"))).toBe(true);
  });

  it("one of torch.save is called by its name", async () => {
    const file = path.join(folder, "model.pkl");
    writeFileSync(file, Buffer.from("PK\x03\x04 and so on"));
    await expect(openCheckpoint(file)).rejects.toThrow(/torch\.save/);
  });

  it("the line holds no quotes of the file's name", async () => {
    const file = path.join(folder, `a"; import os; '.joblib`);
    writeFileSync(file, "no pickle");
    await expect(openCheckpoint(file)).rejects.toThrow(/joblib\.load\("a_; import os; _\.joblib"\)/);
  });
});

async function bytes(
  checkpoint: { bytesOf(name: string): AsyncIterable<Uint8Array> },
  name: string,
): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of checkpoint.bytesOf(name)) parts.push(part);
  return Buffer.concat(parts).toString("hex");
}
