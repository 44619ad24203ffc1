/** The certificate of a run, from what its rows proved. */
import path from "node:path";
import { metricOf } from "../../metrics/catalogue.ts";
import { isOfScores } from "../../project/paths.ts";
import type { Certificate } from "../../protocol/certificate.ts";
import { type Attribute, valueIn } from "../../selmix/confusion/attribute.ts";
import type { Head } from "../../selmix/problem.ts";
import { groupName } from "../../words/names.ts";
import { yieldToEvents } from "../job.ts";
import { headClassesOf } from "../measure/measured.ts";
import { asStored } from "../measure/storedHead.ts";
import { version } from "../version.ts";
import { boundsToProve, type Provable } from "./bounds.ts";
import { certificateOf, type Facts, unprovedIn } from "./certificate.ts";
import type { Link } from "./sequence.ts";

/**
 * The certificate of a head that was proved to keep its bounds; null where it was not, and of corrections of scores, whose rows are made by a
 * classifier that is not at hand. @param written the head that is written
 */
export async function certificateFor(
  prepared: Provable,
  links: readonly Link[],
  { about, written, output }: { readonly about: Head; readonly written: Head; readonly output: string },
  signal: AbortSignal,
): Promise<Certificate | null> {
  const place = links.findIndex(({ candidate }) => candidate.head === about);
  const link = links[place];
  const isProved = link?.bounds.every(({ proof }, at) => link.reached[at] && proof.provable) ?? false;
  if (!isProved || isOfScores(prepared.project)) return null;
  const before = links.slice(0, place).map(({ stored }) => stored);
  const heads = [...before, await asStored(prepared, written)];
  const facts = await factsOf(prepared, output, signal);
  const { proof, groupNames } = prepared;
  const made = await certificateOf(facts, proof, heads, groupNames, () => yieldToEvents(signal));
  // What is written may differ in a rounding from what was tested: a certificate that does not hold is none.
  return unprovedIn(made).length === 0 ? made : null;
}

async function factsOf(prepared: Provable, output: string, signal: AbortSignal): Promise<Facts> {
  const { project, location, classes, isHead, proof, constraints } = prepared;
  const { configuration, folder } = project;
  const { features, columns, groups, confidence = 0 } = configuration;
  const hashes = await prepared.tables.hashes(signal);
  const role = proof.heldBack === null ? "certify" : "validation";
  const from = path.dirname(output);
  const relative = (file: string) =>
    path.relative(from, path.resolve(folder, file)).split(path.sep).join("/");
  const beside = features.metadata?.[role];
  return {
    selmix: version,
    confidence,
    copy: {
      file: path.basename(output),
      head: {
        weight: location.weight,
        bias: location.bias,
        lengths: location.lengths ?? null,
        layout: location.layout,
        oneOutput: location.oneOutput ?? false,
        classes: location.classes,
        size: location.size,
      },
    },
    classes: [...classes],
    headClasses: constraints.some(({ metric }) => metricOf(metric).needs === "frequency")
      ? headClassesOf(isHead)
      : null,
    table: {
      path: relative(proof.path),
      sha256: hashes[role] ?? "",
      metadata:
        beside === undefined ? null : { path: relative(beside), sha256: hashes[`${role}Metadata`] ?? "" },
      columns: columns ? { ...columns } : null,
      groups: groups ?? null,
      attributes: proof.attributes && [...proof.attributes],
      heldBack: proof.heldBack && { ...proof.heldBack },
      rows: proof.rows.count,
    },
    shares: proof.shares && [...proof.shares],
    bounds: boundsToProve(constraints).map(({ classes: some, attribute, ...bound }) => ({
      ...bound,
      classes: some ? [...some] : null,
      attribute: attribute ? { name: attribute.name, values: valuesOf(prepared, attribute) } : null,
    })),
  };
}

/** The value that each group of the rows that prove has, by name. */
function valuesOf({ proof: { cells }, groupNames }: Provable, attribute: Attribute): [string, string][] {
  const groups = [...new Set(cells.flatMap(({ group }) => (group === null ? [] : [group])))];
  return groups
    .sort((a, b) => a - b)
    .map((group) => [groupName(groupNames, group), groupName(attribute.values, valueIn(attribute, group))]);
}
