/** The notices that the licences of bundled packages ask for. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { BundledPackage } from "./bundled.ts";

const rule = "=".repeat(80);

/** One text with, for each package, its name, version, licence and the licence's words. */
export function thirdPartyNotices(packages: readonly BundledPackage[]): string {
  const head = "SelMix holds code of the packages below, each under its own licence.";
  const each = packages.map((one) => `${one.name} ${one.version} (${one.license})\n\n${licenceOf(one)}`);
  return `${[head, ...each].join(`\n\n${rule}\n`)}\n`;
}

/** The package's own words; of the packages that bring none, the standard text of the licence that they name. */
function licenceOf({ folder, license, author, name }: BundledPackage): string {
  const files = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notices?|copying|copyright ?notice)(\.(md|txt))?$/i.test(file))
    .sort();
  if (files.length > 0)
    return files.map((file) => readFileSync(path.join(folder, file), "utf8").trim()).join("\n\n");
  const holder = author || `the authors of ${name}`;
  const identifiers = license.split(/[() ]+|\b(?:AND|OR)\b/).filter((word) => word !== "");
  return identifiers.map((identifier) => standardText(identifier, holder)).join("\n\n");
}

/** Throws where SPDX knows no such licence. */
function standardText(identifier: string, holder: string): string {
  const { licenseText }: { licenseText: string } = createRequire(import.meta.url)(
    `spdx-license-list/licenses/${identifier}.json`,
  );
  return licenseText.replace("<year> <copyright holders>", holder).trim();
}
