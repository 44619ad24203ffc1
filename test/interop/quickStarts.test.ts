/** The quick starts of docs/, word for word: their files are written, their commands run, and the tuned copy serves the rare class better. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { python, root } from "./environment.ts";

const run = promisify(execFile);

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "selmix-quickstart-"));
  const bin = path.join(folder, "bin");
  await mkdir(bin);
  const cli = path.join(root, "dist/cli.mjs");
  // Of the packages installed here, torchvision may have been built for another PyTorch, on which transformers stumbles.
  const beside = path.join(import.meta.dirname, "with_torchvision.py");
  const programs = { selmix: [process.execPath, cli], python: [python, beside] };
  for (const [name, [program, script]] of Object.entries(programs)) {
    const text = `#!/bin/sh\nexec "${program}" "${script}" "$@"\n`;
    await writeFile(path.join(bin, name), text, { mode: 0o755 });
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each(["pytorch", "keras", "huggingface", "sklearn"])("%s", async (name) => {
  const text = await readFile(path.join(root, `docs/quickstart-${name}.md`), "utf8");
  const blocks = [...text.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)];
  let printed = "";
  for (const [, language, file, content = ""] of blocks) {
    if (file) await writeFile(path.join(folder, file), content);
    if (language !== "sh") continue;
    // The packages are there, at the versions that all tests here use.
    const commands = content.split("\n").filter((line) => line !== "" && !line.startsWith("pip install "));
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) {
      const folders = [path.join(folder, "bin"), path.dirname(python), process.env.PATH];
      const env = { ...process.env, PATH: folders.join(path.delimiter), TF_CPP_MIN_LOG_LEVEL: "3" };
      printed = (await run("/bin/sh", ["-c", command], { cwd: folder, env, maxBuffer: 2 ** 26 })).stdout;
    }
  }
  const [before = [], after = []] = [...printed.matchAll(/\[([\d., ]+)\]/g)].map(([, numbers = ""]) =>
    numbers.split(",").map(Number),
  );
  expect([before.length, after.length]).toEqual([3, 3]);
  expect(Math.min(...after)).toBeGreaterThan(Math.min(...before));
});
