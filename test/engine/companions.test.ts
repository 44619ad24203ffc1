/** What lies beside a tuned folder's model: copies of what from_pretrained needs, ours to take away, and nobody else's to write over. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { copyCompanions, removeCompanions } from "../../src/engine/run/companions.ts";
import { NotOursError } from "../../src/project/ownFiles.ts";

let folder: string;
let source: string;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-companions-"));
  source = path.join(folder, "out/checkpoint-7/model.safetensors");
  output = path.join(folder, "tuned/checkpoint-7.selmix/model.safetensors");
  mkdirSync(path.dirname(source), { recursive: true });
  const files = ["model.safetensors", "config.json", "tokenizer.json", "vocab.txt", "modeling_own.py"];
  const training = [
    "optimizer.pt",
    "trainer_state.json",
    "training_args.bin",
    "model.safetensors.index.json",
  ];
  for (const name of [...files, ...training]) writeFileSync(path.join(path.dirname(source), name), name);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const project = () => ({ workspace: folder, allowOutside: false });
const copied = () => readdirSync(path.dirname(output)).sort();

it("is copied once, and taken away with the folder", async () => {
  for (const _ of ["new", "there already"])
    await copyCompanions(project(), source, output, { replace: false });
  expect(copied()).toEqual(["config.json", "modeling_own.py", "tokenizer.json", "vocab.txt"]);
  expect(readFileSync(path.join(path.dirname(output), "config.json"), "utf8")).toBe("config.json");
  writeFileSync(path.join(path.dirname(source), "config.json"), "newer");
  await copyCompanions(project(), source, output, { replace: false });
  expect(readFileSync(path.join(path.dirname(output), "config.json"), "utf8")).toBe("newer");
  await removeCompanions(source, output);
  expect(existsSync(path.dirname(output))).toBe(false);
});

it("is somebody else's where it was changed: not replaced, and left", async () => {
  await copyCompanions(project(), source, output, { replace: false });
  const changed = path.join(path.dirname(output), "config.json");
  writeFileSync(changed, "mine");
  await expect(copyCompanions(project(), source, output, { replace: false })).rejects.toThrow(NotOursError);
  await removeCompanions(source, output);
  expect(copied()).toEqual(["config.json"]);
  expect(readFileSync(changed, "utf8")).toBe("mine");
  await copyCompanions(project(), source, output, { replace: true });
  expect(readFileSync(changed, "utf8")).toBe("config.json");
});

it("is none of a checkpoint that is no folder's model, nor of a copy under another name", async () => {
  await copyCompanions(project(), source, path.join(folder, "tuned/other.safetensors"), { replace: false });
  rmSync(path.join(path.dirname(source), "config.json"));
  await copyCompanions(project(), source, output, { replace: false });
  expect(existsSync(path.join(folder, "tuned"))).toBe(false);
});

it("is not carried in through a link that leads out of the workspace, unless that is allowed", async () => {
  const outside = mkdtempSync(path.join(os.tmpdir(), "selmix-outside-"));
  writeFileSync(path.join(outside, "secret"), "secret");
  const link = path.join(path.dirname(source), "vocab.txt");
  rmSync(link);
  symlinkSync(path.join(outside, "secret"), link);
  await expect(copyCompanions(project(), source, output, { replace: false })).rejects.toThrow(
    /vocab\.txt leads out of .* through a link, so it is not copied/,
  );
  expect(copied()).not.toContain("vocab.txt");
  await copyCompanions({ ...project(), allowOutside: true }, source, output, { replace: false });
  expect(readFileSync(path.join(path.dirname(output), "vocab.txt"), "utf8")).toBe("secret");
  rmSync(outside, { recursive: true });
});
