/** A workspace before its first training run: the example's scripts and configuration, and images, but nothing trained. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { projectRoot } from "../../../scripts/vscode/install.ts";
import { python } from "../../interop/environment.ts";
import { changeConfiguration, emptyFolder } from "../harness/workspace.ts";

const example = path.join(projectRoot, "examples/fashion-mnist-lt");
const images = "/usr/share/datasets/fashion-mnist";
const classes = 10;

/** Images of each class: 500 to validate on, as the example holds out, and as many to train on. */
const perClass = { train: 1000, t10k: 100 };

/** Every `.pt` that training saves is tuned by itself, with features that the example's own script makes from it. */
export function trainingWorkspace(): string {
  const folder = emptyFolder();
  for (const file of ["train.py", "export_features.py", "selmix.json"]) {
    cpSync(path.join(example, file), path.join(folder, file));
  }
  const script = ["export_features.py", "${checkpoint}", "${featuresDir}"];
  changeConfiguration(folder, {
    checkpoints: ["checkpoints/*.pt"],
    "features.command": [python, ...script, "--data", "data", "--threads", "1"],
    "tuning.steps": 300,
    autoRetune: true,
  });
  mkdirSync(path.join(folder, "data"));
  for (const [split, count] of Object.entries(perClass)) copyImages(split, count, path.join(folder, "data"));
  return folder;
}

/** Copies the first `count` images of each class of an idx pair of Fashion-MNIST. */
function copyImages(split: string, count: number, folder: string): void {
  if (!existsSync(images)) {
    throw new Error(`${images} is missing: install Debian's package dataset-fashion-mnist.`);
  }
  const parts = [
    { name: `${split}-images-idx3-ubyte.gz`, header: 16, size: 28 * 28 },
    { name: `${split}-labels-idx1-ubyte.gz`, header: 8, size: 1 },
  ].map((part) => ({ ...part, bytes: gunzipSync(readFileSync(path.join(images, part.name))) }));
  const labels = parts[1]?.bytes.subarray(8) ?? Buffer.alloc(0);
  const taken = new Array<number>(classes).fill(0);
  const rows = [...labels.keys()].filter((row) => {
    const label = labels[row] ?? 0;
    taken[label] = (taken[label] ?? 0) + 1;
    return (taken[label] ?? 0) <= count;
  });
  for (const { name, header, size, bytes } of parts) {
    const head = Buffer.from(bytes.subarray(0, header));
    head.writeUInt32BE(rows.length, 4);
    const kept = rows.map((row) => bytes.subarray(header + row * size, header + (row + 1) * size));
    writeFileSync(path.join(folder, name), gzipSync(Buffer.concat([head, ...kept]), { level: 1 }));
  }
}
