/**
 * `npm run audit`: asks the registry for known faults of what ships, which is what the bundles hold and not what package.json
 * depends on. Fails when there is one; where no registry answers it says so, and is left out.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import * as z from "zod";
import { type BundledPackage, bundledPackages } from "./bundled.ts";

const root = path.resolve(import.meta.dirname, "../..");
const patience = 60_000;

const advisory = z.object({ title: z.string(), url: z.string(), severity: z.string() });
const reportSchema = z.object({
  vulnerabilities: z.record(
    z.string(),
    // A word in `via` names another package that is at fault, which has an entry of its own.
    z.object({ name: z.string(), nodes: z.array(z.string()), via: z.array(z.union([z.string(), advisory])) }),
  ),
});

/** What is known against the packages, a line each; null when `report` (`npm audit --json`) is no answer of a registry. */
export function knownFaults(
  report: string,
  packages: readonly BundledPackage[],
  base = root,
): string[] | null {
  const read = reportSchema.safeParse(parsed(report));
  if (!read.success) return null;
  return Object.values(read.data.vulnerabilities).flatMap(({ name, nodes, via }) => {
    const shipped = packages.filter(({ folder }) => nodes.some((node) => path.join(base, node) === folder));
    const advisories = via.filter((one) => typeof one !== "string");
    return shipped.flatMap(({ version }) =>
      advisories.map(({ title, url, severity }) => `${name} ${version}: ${title} (${severity}, ${url})`),
    );
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function npmAudit(): string {
  const words = ["audit", "--json", "--fetch-retries=0", "--fetch-timeout=20000"];
  const shell = process.platform === "win32";
  return spawnSync("npm", words, { cwd: root, shell, encoding: "utf8", timeout: patience }).stdout ?? "";
}

if (import.meta.main) {
  const packages = bundledPackages();
  const faults = knownFaults(npmAudit(), packages);
  if (faults === null) console.log("No registry answers: the audit of the packages that ship is left out.");
  else {
    console.log(
      [...faults, `${packages.length} packages ship; ${faults.length} faults of them are known.`].join("\n"),
    );
    process.exitCode = faults.length > 0 ? 1 : 0;
  }
}
