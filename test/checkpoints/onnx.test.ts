import { readFileSync } from "node:fs";
import { copyFile, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { findHead } from "../../src/checkpoints/findHead.ts";
import { onnxFormat } from "../../src/checkpoints/onnx/onnx.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures/onnx");
const fixture = (name: string): string => path.join(fixtures, name);
const expectations = z
  .record(
    z.string(),
    z.object({
      tensors: z.record(
        z.string(),
        z.object({ shape: z.array(z.number()), type: z.string(), values: z.array(z.number()).nullable() }),
      ),
      layers: z.array(z.tuple([z.string(), z.string().nullable(), z.string(), z.boolean()])),
    }),
  )
  .parse(JSON.parse(readFileSync(fixture("expected.json"), "utf8")));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "selmix-onnx-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(Object.entries(expectations))("%s", (file, { tensors, layers }) => {
  test("lists, reads and knows its linear layers", async () => {
    const checkpoint = await onnxFormat.open(fixture(file));
    const listed = checkpoint.tensors.map(({ name, shape, type }) => [name, { shape, type }]);
    expect(listed).toEqual(Object.entries(tensors).map(([name, { shape, type }]) => [name, { shape, type }]));
    for (const [name, { values }] of Object.entries(tensors)) {
      if (values) expect([...(await checkpoint.read(name))]).toEqual(values);
    }
    const found = checkpoint.linearLayers?.map((one) => [one.weight, one.bias, one.layout, one.isOutput]);
    expect(found).toEqual(layers);
    await checkpoint.close();
  });

  test("is copied with another last layer and the same numbers elsewhere", async () => {
    const source = await onnxFormat.open(fixture(file));
    const [weight, bias] = layers.at(-1) ?? [];
    const replacements = [weight, bias].flatMap((name) => {
      const { values } = tensors[name ?? ""] ?? {};
      return name && values ? [{ name, values: Float32Array.from(values, (_, i) => i / 8 - 1) }] : [];
    });
    const target = path.join(folder, `copy of ${file}`);
    await source.writeCopy(target, replacements);
    const copy = await onnxFormat.open(target);
    expect(copy.tensors).toEqual(source.tensors);
    expect(copy.linearLayers).toEqual(source.linearLayers);
    for (const { name } of copy.tensors) {
      const replaced = replacements.find((one) => one.name === name);
      expect(await copy.read(name)).toEqual(replaced?.values ?? (await source.read(name)));
    }
    await Promise.all([source.close(), copy.close()]);
    const [before, after] = await Promise.all([readFile(fixture(file)), readFile(target)]);
    if (file !== "external.onnx") expect(after.length).toBe(before.length);
  });

  test("is incomplete when cut anywhere", async () => {
    expect(await onnxFormat.isComplete(fixture(file))).toBe(true);
    const whole = await readFile(fixture(file));
    const cut = path.join(folder, "cut.onnx");
    await copyFile(fixture("weights.bin"), path.join(folder, "weights.bin"));
    for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 60)) {
      await writeFile(cut, whole.subarray(0, length));
      expect(await onnxFormat.isComplete(cut)).toBe(false);
    }
  });
});

test("a copy has its external data beside it under its own name, and needs nothing of the source", async () => {
  const source = await onnxFormat.open(fixture("external.onnx"));
  const target = path.join(folder, "a longer name than before, so that lengths change.onnx");
  await source.writeCopy(target, [{ name: "head/bias", values: Float32Array.of(1, 2, 3) }]);
  const data =
    (await readdir(folder)).find((name) => name.startsWith(`${path.basename(target)}.data-`)) ?? "";
  const [before, after] = await Promise.all([
    readFile(fixture("weights.bin")),
    readFile(path.join(folder, data)),
  ]);
  expect(after.length).toBe(before.length);
  expect(before.filter((byte, i) => byte !== after[i]).length).toBeLessThanOrEqual(12);
  expect((await readFile(target)).toString("latin1")).not.toContain("weights.bin");
  await source.close();
});

test.each(["outside.onnx", "absolute.onnx"])(
  "%s is refused: its data is outside of its folder",
  async (file) => {
    await expect(onnxFormat.open(fixture(file))).rejects.toThrow("outside of its folder");
  },
);

test("external data behind a link that leaves the folder is refused", async () => {
  const inner = await mkdtemp(path.join(folder, "linked-"));
  await copyFile(fixture("external.onnx"), path.join(inner, "model.onnx"));
  await expect(onnxFormat.open(path.join(inner, "model.onnx"))).rejects.toThrow("not there");
  await symlink(fixture("weights.bin"), path.join(inner, "weights.bin"));
  await expect(onnxFormat.open(path.join(inner, "model.onnx"))).rejects.toThrow("outside of its folder");
});

test("a head that the graph also uses as an embedding is refused with the reason", async () => {
  const checkpoint = await onnxFormat.open(fixture("tied.onnx"));
  expect(() => findHead(checkpoint, { featureSize: 4, classes: 5, weight: "embed" })).toThrow("other parts");
  await checkpoint.close();
});
