/**
 * Makes .cache/gpu-bench: a folder below 60 MB with all that measuring WebGPU on a Linux machine with an NVIDIA GPU
 * takes, Node included. Copy it there and start `sh run.sh`; nothing is downloaded or installed.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";

const root = path.resolve(import.meta.dirname, "../..");
const folder = path.join(root, ".cache/gpu-bench");
const contents = path.join(folder, "contents");
const require = createRequire(import.meta.url);

async function bundle(): Promise<void> {
  await build({
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node22",
    mainFields: ["module", "main"],
    external: ["webgpu"],
    banner: {
      js: [
        "import { createRequire as __createRequire } from 'node:module';",
        "const require = __createRequire(import.meta.url);",
        "const __filename = require('node:url').fileURLToPath(import.meta.url);",
        "const __dirname = require('node:path').dirname(__filename);",
      ].join(" "),
    },
    entryPoints: {
      measure: path.join(root, "bench/gpu/measure.ts"),
      backendTrial: path.join(root, "src/engine/backends/trialMain.ts"),
    },
    outdir: contents,
    outExtension: { ".js": ".mjs" },
  });
}

function copyParts(): void {
  const wasm = path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm"));
  for (const name of readdirSync(wasm).filter((file) => file.endsWith(".wasm"))) {
    cpSync(path.join(wasm, name), path.join(contents, name));
  }
  const dawn = path.join("node_modules", "webgpu");
  for (const part of ["package.json", "index.js", "dist/linux-x64/dawn.node"]) {
    cpSync(path.join(root, dawn, part), path.join(contents, dawn, part));
  }
  cpSync(process.execPath, path.join(contents, "node"));
}

/** Containers often have NVIDIA's library without the file that tells Vulkan's loader of it. */
const start = `#!/bin/sh
set -e
cd "$(dirname "$0")"
[ -x contents/node ] || tar -xJf contents.tar.xz
if [ -z "$VK_ICD_FILENAMES" ] && ! ls /usr/share/vulkan/icd.d/nvidia* /etc/vulkan/icd.d/nvidia* >/dev/null 2>&1; then
  printf '{"file_format_version":"1.0.0","ICD":{"library_path":"libGLX_nvidia.so.0","api_version":"1.3.0"}}' > nvidia_icd.json
  export VK_ICD_FILENAMES="$PWD/nvidia_icd.json"
fi
ldconfig -p | grep -q 'libvulkan.so.1' || export LD_LIBRARY_PATH="$PWD/contents/lib:$LD_LIBRARY_PATH"
exec contents/node contents/measure.mjs
`;

/** Vulkan's loader, for machines that have only the driver. */
function copyLoader(): void {
  const listed = execFileSync("ldconfig", ["-p"], { encoding: "utf8" });
  const loader = /libvulkan\.so\.1 .*x86-64.*=> (\S+)/.exec(listed)?.[1];
  if (!loader) return;
  mkdirSync(path.join(contents, "lib"));
  copyFileSync(realpathSync(loader), path.join(contents, "lib/libvulkan.so.1"));
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(contents, { recursive: true });
await bundle();
copyParts();
copyLoader();
execFileSync("tar", ["-cJf", "contents.tar.xz", "contents"], { cwd: folder, stdio: "inherit" });
rmSync(contents, { recursive: true });
writeFileSync(path.join(folder, "run.sh"), start);
chmodSync(path.join(folder, "run.sh"), 0o755);
const megabytes = statSync(path.join(folder, "contents.tar.xz")).size / 1e6;
console.log(`${folder}: ${megabytes.toFixed(0)} MB`);
