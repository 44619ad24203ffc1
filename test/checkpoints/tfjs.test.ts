import { readFileSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { tfjsFormat } from "../../src/checkpoints/tfjs/tfjs.ts";

const fixtures = path.join(import.meta.dirname, "../fixtures/tfjs");
const expectations = z
  .record(
    z.string(),
    z.object({
      tensors: z.array(
        z.object({ name: z.string(), shape: z.array(z.number()), values: z.array(z.number()).nullable() }),
      ),
      layers: z.array(z.tuple([z.string(), z.string(), z.boolean()])),
    }),
  )
  .parse(JSON.parse(readFileSync(path.join(fixtures, "expected.json"), "utf8")));
const modelOf = (folder: string): string => path.join(fixtures, folder, "model.json");

let temporary = "";
beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), "selmix-tfjs-"));
});
afterAll(() => rm(temporary, { recursive: true }));

describe.each(Object.entries(expectations))("%s", (folder, { tensors, layers }) => {
  test("lists, reads and knows its dense layers", async () => {
    const checkpoint = await tfjsFormat.open(modelOf(folder));
    expect(checkpoint.tensors.map(({ name, shape }) => ({ name, shape }))).toEqual(
      tensors.map(({ name, shape }) => ({ name, shape })),
    );
    for (const { name, values } of tensors) {
      if (values) expect([...(await checkpoint.read(name))]).toEqual(values);
    }
    const found = checkpoint.linearLayers?.map((one) => [one.weight, one.bias, one.isOutput]);
    expect(found).toEqual(layers);
    expect(checkpoint.linearLayers?.every((one) => one.layout === "columns")).toBe(true);
    await checkpoint.close();
  });

  test("is copied with shards of its own, also beside the source", async () => {
    const home = path.join(temporary, folder);
    await cp(path.join(fixtures, folder), home, { recursive: true });
    const source = await tfjsFormat.open(path.join(home, "model.json"));
    const before = await contentsOf(home);
    const name = layers.at(-1)?.[0] ?? "";
    const values = (await source.read(name)).map((_, i) => i / 4 - 1);
    const target = path.join(home, "model.selmix.json");
    await source.writeCopy(target, [{ name, values }]);
    const copy = await tfjsFormat.open(target);
    expect(copy.tensors).toEqual(source.tensors);
    expect(copy.linearLayers).toEqual(source.linearLayers);
    for (const one of copy.tensors) {
      expect(await copy.read(one.name)).toEqual(one.name === name ? values : await source.read(one.name));
    }
    await Promise.all([source.close(), copy.close()]);
    const after = await contentsOf(home);
    for (const [file, bytes] of before) expect(after.get(file)).toEqual(bytes);
    const json = await readFile(target, "utf8");
    const original = await readFile(path.join(home, "model.json"), "utf8");
    expect(json.replaceAll(/model\.selmix\.[0-9a-f]{10}\.group/g, "group")).toBe(original);
  });

  test("is incomplete without a shard, with a short one, or with half a model.json", async () => {
    const home = path.join(temporary, `${folder}-torn`);
    await cp(path.join(fixtures, folder), home, { recursive: true });
    const model = path.join(home, "model.json");
    expect(await tfjsFormat.isComplete(model)).toBe(true);
    const json = await readFile(model);
    for (let length = 0; length < json.length; length += Math.ceil(json.length / 40)) {
      await writeFile(model, json.subarray(0, length));
      expect(await tfjsFormat.isComplete(model)).toBe(false);
    }
    await writeFile(model, json);
    const shard = path.join(home, (await readdir(home)).find((name) => name.endsWith(".bin")) ?? "");
    const bytes = await readFile(shard);
    await writeFile(shard, bytes.subarray(0, bytes.length - 1));
    expect(await tfjsFormat.isComplete(model)).toBe(false);
    await rm(shard);
    expect(await tfjsFormat.isComplete(model)).toBe(false);
  });
});

test("a layer that is used twice is said to be so", async () => {
  const checkpoint = await tfjsFormat.open(modelOf("functional"));
  const shared = checkpoint.linearLayers?.filter((one) => one.usedElsewhere).map((one) => one.weight);
  expect(shared).toEqual(["shared/kernel"]);
  await checkpoint.close();
});

test("shards outside of the model's folder are refused", async () => {
  const model = path.join(temporary, "outside-model.json");
  const json = await readFile(modelOf("keras3"), "utf8");
  await writeFile(model, json.replace("group1-shard1of1.bin", "../../etc/hostname"));
  await expect(tfjsFormat.open(model)).rejects.toThrow("outside of its folder");
});

async function contentsOf(folder: string): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for (const name of await readdir(folder)) contents.set(name, await readFile(path.join(folder, name)));
  return contents;
}
