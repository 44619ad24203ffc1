/** Builds dist/: the extension, the engine, the command line and the webviews. `--watch` rebuilds on change. */
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { type BuildOptions, build, context, type Plugin } from "esbuild";
import { mergeMetafiles, metafilePath } from "./supply/bundled.ts";
import { webviewEntries } from "./webviews.ts";

const root = path.resolve(import.meta.dirname, "..");
const dist = path.join(root, "dist");
const watch = process.argv.includes("--watch");
/** Built aside and then moved into place, so that whoever uses dist/ meanwhile never finds it half done. */
const out = watch ? dist : path.join(root, ".cache", `dist-${process.pid}`);

/** Native or optional packages: found at run time, never bundled. */
const external = [
  "vscode",
  "@tensorflow/tfjs-node",
  "@tensorflow/tfjs-node-gpu",
  "webgpu",
  "onnxruntime-node",
];

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  minify: !watch,
  sourcemap: watch,
  // Their licences stand in the notices that the package script writes.
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  external,
};

/** ES modules first: bundles of them are smaller, and CommonJS that requires its own files at run time cannot be bundled. */
const node: BuildOptions = {
  ...shared,
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"],
};

/** Libraries written as CommonJS expect `require`, `__filename` and `__dirname`; the banner gives them to a bundle. */
const requireBanner = {
  js: [
    "import { createRequire as __createRequire } from 'node:module';",
    "const require = __createRequire(import.meta.url);",
    "const __filename = require('node:url').fileURLToPath(import.meta.url);",
    "const __dirname = require('node:path').dirname(__filename);",
  ].join(" "),
};

/** Has a module found at run time in a bundle of its own. */
function apart(module: string, bundle: string): Plugin {
  return {
    name: `${module} apart`,
    setup({ onResolve }) {
      onResolve({ filter: new RegExp(`/${module}\\.ts$`) }, ({ kind }) =>
        kind === "entry-point" ? null : { path: `./${bundle}`, external: true },
      );
    },
  };
}

function builds(): BuildOptions[] {
  const all: BuildOptions[] = [];
  const entry = (file: string) => path.join(root, "src", file);
  const host: BuildOptions = { ...node, format: "cjs", supported: { "dynamic-import": false } };
  all.push(
    {
      ...host,
      // What activation loads is a few kilobytes; it requires the rest when the window stands.
      plugins: [apart("host", "host.cjs")],
      entryPoints: [entry("extension.ts")],
      outfile: path.join(out, "extension.cjs"),
    },
    { ...host, entryPoints: [entry("extension/host.ts")], outfile: path.join(out, "host.cjs") },
  );
  all.push({
    ...node,
    format: "esm",
    banner: requireBanner,
    // Shared chunks beside the entries: what a command does not need is not read, and the engine lies there once.
    splitting: true,
    entryPoints: {
      engine: entry("engine/process/main.ts"),
      backendTrial: entry("engine/backends/trialMain.ts"),
      watchdog: entry("engine/watchdog/thread.ts"),
      cli: entry("cli.ts"),
      policyTensors: entry("engine/policy/policyTensors.ts"),
    },
    outdir: out,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk-[hash]",
    plugins: [apart("policyMain", "policy.cjs")],
  });
  // A training loop waits for it every cycle: one file, because each chunk takes time to be found and linked, and CommonJS,
  // which leaves alone what it does not use of Node's own modules, where an import would load streams, crypto and workers.
  all.push({
    ...node,
    format: "cjs",
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
    define: { "import.meta.url": "__url" },
    entryPoints: [entry("cli/policyMain.ts")],
    outfile: path.join(out, "policy.cjs"),
    plugins: [apart("policyTensors", "policyTensors.mjs")],
  });
  for (const [name, main] of Object.entries(webviewEntries())) {
    all.push({
      ...shared,
      platform: "browser",
      target: "chrome120",
      format: "iife",
      entryPoints: [main],
      outfile: path.join(out, "webview", `${name}.js`),
    });
  }
  return all;
}

/** The three WebAssembly binaries of the wasm backend lie beside the bundles. */
function copyWasm(): void {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm"));
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".wasm"))) {
    cpSync(path.join(folder, name), path.join(out, name));
  }
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
copyWasm();
if (watch) {
  for (const options of builds()) await (await context(options)).watch();
} else {
  const built = await Promise.all(builds().map((options) => build(options)));
  writeFileSync(`${out}.json`, JSON.stringify(mergeMetafiles(built)));
  renameSync(`${out}.json`, metafilePath);
  rmSync(dist, { recursive: true, force: true });
  renameSync(out, dist);
}
