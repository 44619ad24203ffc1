/**
 * Builds the real @tensorflow/tfjs-node for our tests, without storage.googleapis.com: its npm source against the
 * TensorFlow library and headers that lie in the Python wheel. Linux, x64; needs g++, npm and python3 with pip.
 * Prints the folder to give as `packagePath`. What is there already is kept.
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const cache = path.join(root, ".cache/addon");
const addon = path.join(cache, "node_modules/@tensorflow/tfjs-node");
const binding = path.join(addon, "lib/napi-v8/tfjs_binding.node");
const libraries = path.join(addon, "deps/lib");
const wheelFolder = path.join(cache, "wheel");

/** tfjs-node 4.22 was made for 2.9; the C interface is the same, and wheels this old still carry these libraries. */
const tensorflowVersion = "2.18.1";

function run(command: string, args: string[], cwd = cache): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", 2, 2] });
}

function installSources(): void {
  writeFileSync(path.join(cache, "package.json"), JSON.stringify({ private: true }));
  const packages = ["@tensorflow/tfjs-node@4.22.0", "node-api-headers@1.5.0"];
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages]);
}

/** The two shared libraries go where the binding looks for them; the headers stay in the wheel's folder. */
function unpackWheel(): void {
  const wheel = [
    "--no-deps",
    "--only-binary=:all:",
    "--python-version=311",
    "--platform=manylinux2014_x86_64",
  ];
  run("python3", [
    "-m",
    "pip",
    "download",
    ...wheel,
    "-d",
    wheelFolder,
    `tensorflow-cpu==${tensorflowVersion}`,
  ]);
  const [file] = globSync("*.whl", { cwd: wheelFolder });
  const unpack = [
    "import sys, zipfile",
    "wheel, headers, libraries = sys.argv[1:]",
    "with zipfile.ZipFile(wheel) as archive:",
    "  for item in archive.infolist():",
    "    if item.filename.startswith('tensorflow/libtensorflow_'):",
    "      item.filename = item.filename.split('/')[1]; archive.extract(item, libraries)",
    "    elif item.filename.startswith(('tensorflow/include/tensorflow/', 'tensorflow/include/xla/tsl/', 'tensorflow/include/tsl/')):",
    "      archive.extract(item, headers)",
  ].join("\n");
  run("python3", ["-c", unpack, path.join(wheelFolder, file), wheelFolder, libraries]);
  rmSync(path.join(wheelFolder, file));
}

function compile(): void {
  mkdirSync(path.dirname(binding), { recursive: true });
  const include = [
    path.join(wheelFolder, "tensorflow/include"),
    path.join(cache, "node_modules/node-api-headers/include"),
  ];
  run("g++", [
    ...["-std=c++17", "-O2", "-shared", "-fPIC", "-DNAPI_VERSION=8", "-DNODE_GYP_MODULE_NAME=tfjs_binding"],
    ...include.map((folder) => `-I${folder}`),
    ...globSync("binding/*.cc", { cwd: addon }).map((file) => path.join(addon, file)),
    `-L${libraries}`,
    ...["-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2", "-Wl,-rpath,$ORIGIN/../../deps/lib"],
    ...["-o", binding],
  ]);
}

mkdirSync(cache, { recursive: true });
if (!existsSync(addon)) installSources();
if (!existsSync(path.join(libraries, "libtensorflow_cc.so.2"))) unpackWheel();
if (!existsSync(binding)) compile();
console.log(cache);
