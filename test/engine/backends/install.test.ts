import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  installBackend,
  installPlan,
  isInstalled,
  removeBackend,
} from "../../../src/engine/backends/install.ts";
import { isAlive } from "../../../src/files/liveness.ts";

const searched = process.env.PATH;
const patient = { timeout: 30_000 };
let storage: string;

beforeEach(() => {
  storage = mkdtempSync(path.join(os.tmpdir(), "selmix-install-"));
});
afterEach(() => {
  process.env.PATH = searched;
});

/** An npm that does this in the folder it is started in. */
function npmThat(script: string): void {
  const folder = path.join(storage, "bin");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "npm"), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(folder, "npm"), 0o755);
  process.env.PATH = `${folder}:${searched}`;
}

const putWebgpu = `mkdir -p node_modules/webgpu
echo '{"name":"webgpu","version":"0.6.2"}' > node_modules/webgpu/package.json
touch node_modules/webgpu/index.js`;
const left = () =>
  existsSync(path.join(storage, "packages")) ? readdirSync(path.join(storage, "packages")) : [];

describe("installing a native backend", () => {
  it("tells its size and place before it starts", () => {
    const plan = installPlan("webgpu", storage);
    expect(plan.downloadMegabytes).toBeGreaterThan(0);
    expect(plan.folder.startsWith(storage)).toBe(true);
  });

  it("asks npm for what the lock pins, and nothing else stays", async () => {
    npmThat(`echo "$@" > ${storage}/asked\ncp package-lock.json ${storage}/lock.json\n${putWebgpu}`);
    const found = await installBackend("webgpu", { storage });
    expect(found).toMatchObject({ version: "0.6.2" });
    expect(readFileSync(path.join(storage, "asked"), "utf8")).toMatch(/^ci /);
    const lock = JSON.parse(readFileSync(path.join(storage, "lock.json"), "utf8"));
    expect(lock.packages["node_modules/webgpu"]).toMatchObject({ version: "0.6.2" });
    expect(left()).toEqual(["webgpu"]);
    expect(isInstalled("webgpu", storage)).toBe(true);
    expect(await removeBackend("webgpu", storage)).toBe(true);
    expect(isInstalled("webgpu", storage)).toBe(false);
    expect(await removeBackend("webgpu", storage)).toBe(false);
    expect(left()).toEqual([]);
  });

  it("takes no package whose bytes are others than those of the lock, whatever the registry says", async () => {
    const registry = createServer(({ url = "" }, answer) => {
      const { name, version } = { name: url.slice(1), version: url.includes("webgpu") ? "0.6.2" : "4.4.3" };
      const tarball = `http://localhost:${port()}/other.tgz`;
      const integrity = `sha512-${createHash("sha512").update("other").digest("base64")}`;
      if (url.endsWith(".tgz")) answer.end("other");
      else
        answer.end(
          JSON.stringify({ name, versions: { [version]: { name, version, dist: { tarball, integrity } } } }),
        );
    });
    const port = () => z.object({ port: z.number() }).parse(registry.address()).port;
    await new Promise<void>((resolve) => registry.listen(0, "localhost", resolve));
    process.env.npm_config_registry = `http://localhost:${port()}/`;
    process.env.npm_config_cache = path.join(storage, "cache");
    try {
      await expect(installBackend("webgpu", { storage })).rejects.toThrow(/other packages than those/);
    } finally {
      delete process.env.npm_config_registry;
      delete process.env.npm_config_cache;
      registry.close();
    }
    expect(left()).toEqual([]);
  });

  it("leaves nothing behind when npm fails, and answers with the fix", async () => {
    npmThat(`mkdir node_modules; echo "npm ERR! code ENOSPC" >&2; exit 1`);
    await expect(installBackend("webgpu", { storage })).rejects.toThrow(
      /was not installed: the disk is full/,
    );
    expect(left()).toEqual([]);
  });

  it("does not believe npm when the binding is missing", async () => {
    npmThat("exit 0");
    await expect(installBackend("tensorflow", { storage })).rejects.toThrow(/not installed completely/);
    expect(left()).toEqual([]);
  });

  it("keeps an earlier installation when a new one fails", async () => {
    npmThat(putWebgpu);
    await installBackend("webgpu", { storage });
    writeFileSync(path.join(storage, "bin/npm"), "#!/bin/sh\nexit 1\n");
    await expect(installBackend("webgpu", { storage })).rejects.toThrow();
    expect(left()).toEqual(["webgpu"]);
  });

  it("stops npm and what npm started when cancelled", async () => {
    npmThat(`sleep 100 & echo $! > ${storage}/child.tmp && mv ${storage}/child.tmp ${storage}/child; wait`);
    const cancel = new AbortController();
    const wanted = installBackend("webgpu", { storage, signal: cancel.signal });
    const failed = expect(wanted).rejects.toThrow("enough");
    const file = path.join(storage, "child");
    await expect.poll(() => existsSync(file), patient).toBe(true);
    cancel.abort(new Error("enough"));
    await failed;
    await expect.poll(() => isAlive(Number(readFileSync(file, "utf8"))), patient).toBe(false);
    expect(left()).toEqual([]);
  });

  it("says so when there is no npm", async () => {
    process.env.PATH = path.join(storage, "empty");
    await expect(installBackend("webgpu", { storage })).rejects.toThrow(/npm was not found/);
    expect(left()).toEqual([]);
  });
});
