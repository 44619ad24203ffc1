/**
 * `npm run release -- 0.2.0`: what is unreleased in the changelog becomes that version, every package is made into release/ with the hash of
 * each, and the commit is tagged. Nothing is sent anywhere.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { released } from "./releasedChangelog.ts";
import { nativeTargets } from "./supply/nativeLibrary.ts";

const root = path.resolve(import.meta.dirname, "..");
const folder = path.join(root, "release");
const [version = ""] = process.argv.slice(2);

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
const script = (name: string, ...args: string[]) =>
  run(process.execPath, path.join("scripts", name), ...args);

if (run("git", "status", "--porcelain") !== "")
  throw new Error("There are changes that are not committed; commit them, or put them aside.");

const changelog = path.join(root, "CHANGELOG.md");
writeFileSync(changelog, released(readFileSync(changelog, "utf8"), version, new Date()));
run("npm", "version", "--no-git-tag-version", version);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
script("package.ts");
script("package.ts", "--npm");
for (const target of nativeTargets()) script("package.ts", "--target", target);
script("python.ts", "--out", folder);
for (const name of readdirSync(root).filter((file) => /^selmix.*\.(vsix|tgz)$/.test(file)))
  renameSync(path.join(root, name), path.join(folder, name.replace(/^selmix/, `selmix-${version}`)));

const hashOf = (name: string) =>
  createHash("sha256")
    .update(readFileSync(path.join(folder, name)))
    .digest("hex");
const packages = readdirSync(folder).sort();
writeFileSync(path.join(folder, "SHA256SUMS"), packages.map((name) => `${hashOf(name)}  ${name}\n`).join(""));

run("git", "commit", "--all", "--message", `Version ${version}`);
run("git", "tag", "--annotate", `v${version}`, "--message", `Version ${version}`);
console.log([`Version ${version} is in ${folder}:`, ...packages].join("\n  "));
