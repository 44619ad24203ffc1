/** What is read is a file of a limited size: no device, pipe, socket or folder. */
import { execFileSync } from "node:child_process";
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpointParts, openCheckpoint } from "../../src/checkpoints/formats.ts";
import { openFeatureTable } from "../../src/features/open.ts";
import { openSource } from "../../src/files/ranges.ts";
import { readPart, readSmall, readSmallText, withRegularFile } from "../../src/files/regular.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "selmix-regular-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string) => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};

it("reads a file of at most the limit, and says of a larger one how large it may be", () => {
  const file = put("ten", "0123456789");
  expect(readSmallText(file, 10)).toBe("0123456789");
  expect(readSmallText(put("none", ""), 10)).toBe("");
  expect(() => readSmall(file, 9)).toThrow(/over the limit of 9/);
  const sparse = put("sparse", "");
  truncateSync(sparse, 2 ** 40);
  expect(() => readSmall(sparse, 2 ** 20)).toThrow(/over the limit/);
  expect(readSmall(put("large", "x".repeat(100_000)), 100_000)).toHaveLength(100_000);
});

it("keeps the file system's code where there is no file", () => {
  expect(() => readSmall(path.join(folder, "missing"), 10)).toThrow(
    expect.objectContaining({ code: "ENOENT" }),
  );
});

it("reads parts that are there", () => {
  const file = put("part", "0123456789");
  withRegularFile(file, (descriptor, size) => {
    expect(size).toBe(10);
    expect(Buffer.from(readPart(descriptor, 3, 4) ?? []).toString()).toBe("3456");
    expect(readPart(descriptor, 8, 4)).toBeNull();
  });
});

it.skipIf(process.platform !== "linux")(
  "reads files whose size is said to be 0, and bounds those too",
  () => {
    expect(readSmallText("/proc/self/stat", 10_000)).toContain(`${process.pid} (`);
    expect(() => readSmall("/proc/self/stat", 4)).toThrow(/over the limit/);
  },
);

describe.skipIf(process.platform === "win32")("what is no regular file", () => {
  const odd: [string, (file: string) => void][] = [
    ["folder", (file) => mkdirSync(file)],
    ["fifo", (file) => execFileSync("mkfifo", [file])],
    ["zero", (file) => symlinkSync("/dev/zero", file)],
    ["tty", (file) => symlinkSync("/dev/tty", file)],
  ];

  it.each(odd)("is refused and not waited for: %s", async (name, make) => {
    for (const ending of [
      "",
      ".json",
      ".pt",
      ".safetensors",
      ".safetensors.index.json",
      ".npz",
      ".onnx",
      ".h5",
      ".keras",
    ]) {
      const file = path.join(folder, `${name}${ending}`);
      make(file);
      expect(() => readSmall(file, 1000)).toThrow();
      await expect(openSource(file)).rejects.toThrow(/not a file|cannot be opened/);
      if (ending === ".json") expect(await checkpointParts(file)).toEqual([file]);
      else if (ending !== "") {
        await expect(openCheckpoint(file)).rejects.toThrow(/file|folder|open/);
        await expect(openFeatureTable(file)).rejects.toThrow(/file|folder|open|table/);
      }
    }
  });
});

it("is the one way to read: every other knows a limit, or opens to write", () => {
  const ways =
    /readFileSync|readFile\(|\breadFile\b|createReadStream|openAsBlob|\bopenSync\([^)]*"r|\bopen\([^)]*"r/;
  const readers = globSync("src/**/*.ts")
    .filter((file) => !file.startsWith("src/webview/") && !file.startsWith("src/project/exportScripts/"))
    // The lines of Python that it writes open files.
    .filter((file) => file !== "src/project/loadingSnippet.ts")
    .filter((file) => ways.test(readFileSync(file, "utf8").replace(/^\s*(\/\/|\*|\/\*).*$/gm, "")));
  expect(readers).toEqual([]);
});
