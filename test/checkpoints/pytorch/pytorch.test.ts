/** PyTorch checkpoints of every format, damaged ones included: only the head changes in a copy. */
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CheckpointError } from "../../../src/checkpoints/checkpoint.ts";
import { findHead } from "../../../src/checkpoints/findHead.ts";
import { pytorchFormat } from "../../../src/checkpoints/pytorch/pytorch.ts";
import { openSource, readLong } from "../../../src/files/ranges.ts";
import { openMember, openZip } from "../../../src/files/zip.ts";
import { expectations, pytorchFixtures } from "./fixtures.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "selmix-pytorch-"));
});
afterAll(() => rm(folder, { recursive: true }));

const fixture = (name: string): string => path.join(pytorchFixtures, name);

describe.each(expectations())("$file", ({ file, tensors, auxiliary }) => {
  /** A view with several elements in one place is listed, but is no head. */
  const readable = [...tensors].filter(([name, { values }]) => values && name !== "expanded");

  test("lists and reads what PyTorch put in", async () => {
    const checkpoint = await pytorchFormat.open(fixture(file));
    expect(checkpoint.tensors.map(({ name, shape, type }) => ({ name, shape, type }))).toEqual(
      [...tensors].map(([name, { shape, type }]) => ({ name, shape, type })),
    );
    expect(checkpoint.tensors.filter((tensor) => tensor.auxiliary).map(({ name }) => name)).toEqual(
      auxiliary,
    );
    for (const [name, { values }] of readable) expect([...(await checkpoint.read(name))]).toEqual(values);
    await checkpoint.close();
  });

  test("is copied with new numbers in one tensor and the same bytes elsewhere", async () => {
    const source = await pytorchFormat.open(fixture(file));
    const target = path.join(folder, file);
    for (const [name, { values }] of readable.slice(-3)) {
      const before = new Map<string, Float32Array>();
      for (const [other] of readable) before.set(other, await source.read(other));
      const fresh = Float32Array.from(values ?? [], (_, i) => i / 4 - 1);
      await source.writeCopy(target, [{ name, values: fresh }]);
      const shared = source.tensors.find((tensor) => tensor.name === name)?.sharedWith ?? [];
      const copy = await pytorchFormat.open(target);
      expect(copy.tensors).toEqual(source.tensors);
      expect([...(await copy.read(name))]).toEqual([...fresh]);
      for (const [other, old] of before) {
        if (other !== name && !shared.includes(other)) expect(await copy.read(other)).toEqual(old);
      }
      await copy.close();
      await expectSameButFor(fixture(file), target, fresh.length);
    }
    await source.close();
  });

  test("is incomplete when cut anywhere", async () => {
    expect(await pytorchFormat.isComplete(fixture(file))).toBe(true);
    const whole = await readFile(fixture(file));
    const cut = path.join(folder, `cut-${file}`);
    for (let part = 0; part < 40; part++) {
      await writeFile(cut, whole.subarray(0, Math.floor((whole.length * part) / 40)));
      expect(await pytorchFormat.isComplete(cut)).toBe(false);
      await expect(pytorchFormat.open(cut)).rejects.toThrow(/cut-/);
    }
    await copyFile(fixture(file), cut);
    await truncate(cut, whole.length - 1);
    expect(await pytorchFormat.isComplete(cut)).toBe(false);
  });
});

/** At most `count` elements and the checksums of one member differ, and the archive's checksums are right. */
async function expectSameButFor(from: string, to: string, count: number): Promise<void> {
  const [before, after] = await Promise.all([readFile(from), readFile(to)]);
  expect(after.length).toBe(before.length);
  const changed = before.filter((byte, i) => byte !== after[i]).length;
  expect(changed).toBeLessThanOrEqual(count * 8 + 12);
  if (after.toString("latin1", 0, 2) !== "PK") return;
  const file = await openSource(to);
  const archive = await openZip(file);
  for (const member of archive.members.values()) {
    expect(crc32(await readLong(await openMember(archive, member), 0, member.size))).toBe(member.crc);
  }
  await file.close();
}

test("two interleaved views are replaced together", async () => {
  const source = await pytorchFormat.open(fixture("views.pt"));
  const target = path.join(folder, "both.pt");
  const weight = Float32Array.from({ length: 18 }, (_, i) => -i);
  const bias = Float32Array.of(7, 8, 9);
  await source.writeCopy(target, [
    { name: "fc.bias", values: bias },
    { name: "fc.weight", values: weight },
  ]);
  const copy = await pytorchFormat.open(target);
  expect(await copy.read("fc.weight")).toEqual(weight);
  expect(await copy.read("fc.bias")).toEqual(bias);
  await Promise.all([source.close(), copy.close()]);
});

test("a head whose bias lies between the rows of its weight is one, and shares no number", async () => {
  const checkpoint = await pytorchFormat.open(fixture("views.pt"));
  const head = findHead(checkpoint, { featureSize: 6, classes: 3 });
  expect(head).toMatchObject({ weight: "fc.weight", bias: "fc.bias" });
  const shared = checkpoint.tensors.filter(({ sharedWith }) => sharedWith).map(({ name }) => name);
  expect(shared.toSorted()).toEqual(["offset", "steps"]);
  await checkpoint.close();
});

test("tied tensors name each other", async () => {
  const checkpoint = await pytorchFormat.open(fixture("tied.pt"));
  const shared = Object.fromEntries(checkpoint.tensors.map(({ name, sharedWith }) => [name, sharedWith]));
  expect(shared).toEqual({
    "embed.weight": ["lm_head.weight"],
    "body.weight": undefined,
    "lm_head.weight": ["embed.weight"],
  });
  await checkpoint.close();
});

test.each([
  ["tar.pth", "tar format"],
  ["plain.bin", "not one of torch.save"],
  ["none.pt", "no tensors"],
  ["expected.json", "not a file of torch.save"],
])("%s is refused with the reason", async (file, reason) => {
  const opening = pytorchFormat.open(fixture(file));
  await expect(opening).rejects.toThrow(CheckpointError);
  await expect(opening).rejects.toThrow(reason);
});

test("integers, expanded views, unknown names and wrong counts are refused by name", async () => {
  const norm = await pytorchFormat.open(fixture("model.pt"));
  await expect(norm.read("norm.num_batches_tracked")).rejects.toThrow("I64");
  await expect(norm.read("nothing")).rejects.toThrow("nothing");
  const target = path.join(folder, "wrong.pt");
  const values = new Float32Array(2);
  await expect(norm.writeCopy(target, [{ name: "fc.bias", values }])).rejects.toThrow("fc.bias");
  const broken = Float32Array.of(1, Number.NaN, 2);
  await expect(norm.writeCopy(target, [{ name: "fc.bias", values: broken }])).rejects.toThrow("fc.bias");
  await expect(norm.writeCopy(fixture("model.pt"), [])).rejects.toThrow("never overwritten");
  await norm.close();
  const views = await pytorchFormat.open(fixture("views.pt"));
  await expect(views.read("expanded")).rejects.toThrow("contiguous");
  await views.close();
});

test("a checkpoint that is saved again after it was opened is not read", async () => {
  const file = path.join(folder, "again.pt");
  await copyFile(fixture("model.pt"), file);
  const checkpoint = await pytorchFormat.open(file);
  for (const other of ["average.pt", "two.pt", "stream.pth"]) {
    await writeFile(file, await readFile(fixture(other)));
    await expect(checkpoint.read("fc.weight")).rejects.toThrow("written to");
    const target = path.join(folder, "never.pt");
    await expect(
      checkpoint.writeCopy(target, [{ name: "fc.bias", values: new Float32Array(3) }]),
    ).rejects.toThrow("written to");
  }
  await checkpoint.close();
});
