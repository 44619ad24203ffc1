/** A folder is copied whole, through no link, and over nothing. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { copyFolder } from "../../src/files/copyFolder.ts";

const home = mkdtempSync(path.join(os.tmpdir(), "selmix-copy-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

it("takes files at all depths, no links, and nothing that is not to be kept", () => {
  const [source, target, secret] = ["source", "target", "secret"].map((name) => path.join(home, name));
  mkdirSync(path.join(source, "deep/.selmix"), { recursive: true });
  writeFileSync(path.join(source, "deep/file"), "there");
  writeFileSync(path.join(source, "deep/.selmix/run"), "no part of it");
  writeFileSync(secret, "elsewhere");
  symlinkSync(secret, path.join(source, "link"));
  symlinkSync(home, path.join(source, "deep/loop"));
  const keep = (file: string) => path.basename(file) !== ".selmix";
  copyFolder(source, target, keep);
  expect(readFileSync(path.join(target, "deep/file"), "utf8")).toBe("there");
  expect(["link", "deep/loop", "deep/.selmix"].filter((file) => existsSync(path.join(target, file)))).toEqual(
    [],
  );
  writeFileSync(path.join(target, "deep/file"), "changed since");
  expect(() => copyFolder(source, target, keep)).toThrow(/EEXIST/);
  expect(readFileSync(path.join(target, "deep/file"), "utf8")).toBe("changed since");
});
