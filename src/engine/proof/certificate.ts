/** Certificates: made from heads and rows, the same way when they are written and when they are checked. */

import { createHash } from "node:crypto";
import { encodeFloats } from "../../files/numbers.ts";
import { type Certificate, type CertificateBody, certificateBody } from "../../protocol/certificate.ts";
import type { Attribute } from "../../selmix/confusion/attribute.ts";
import { asMatrix, type Counts, valueAt } from "../../selmix/confusion/matrix.ts";
import { countPredictions } from "../../selmix/confusion/tallies.ts";
import type { Head } from "../../selmix/problem.ts";
import type { BoundToProve, Part } from "../../selmix/proof/part.ts";
import { exactPredictions } from "../../selmix/proof/predictions.ts";
import { type Proof, prove } from "../../selmix/proof/proof.ts";
import { className, groupName } from "../../words/names.ts";
import { claimText } from "../../words/proof.ts";
import type { ProofRows } from "../problem/heldBack.ts";
import { partsOfBounds } from "./bounds.ts";
import { levelOf } from "./record.ts";

/** All that a certificate is made from, beside the rows. */
export type Facts = Omit<CertificateBody, "version" | "method" | "claim" | "heads" | "counts">;

/** Tests the heads on the rows, in their order, and says what came of it. @param pause see `exactPredictions` */
export async function certificateOf(
  facts: Facts,
  { rows, cells, cellOf, shares, unlike }: ProofRows,
  heads: readonly Head[],
  groupNames: readonly string[],
  pause: () => Promise<void>,
): Promise<Certificate> {
  const level = levelOf(facts.confidence);
  const classes = facts.classes.length;
  const isHead = facts.classes.map((_, k) => facts.headClasses?.includes(k) ?? false);
  const groups = cells.flatMap(({ group }) => (group === null ? [] : [group]));
  const bounds = facts.bounds.map(
    ({ classes: some, attribute, ...bound }): BoundToProve => ({
      ...bound,
      ...(some && { classes: some }),
      ...(attribute && { attribute: attributeOf(attribute, groups, groupNames) }),
    }),
  );
  const names = { classes: facts.classes, groups: groupNames };
  const tested: CertificateBody["heads"] = [];
  let counts: Counts = new Int32Array();
  for (const head of heads) {
    counts = countPredictions(await exactPredictions(rows, head, pause), cellOf, cells.length, classes);
    const parts = partsOfBounds({ cells, classes, counts }, bounds, { isHead, shares, unlike });
    const tests = parts.map((each, at) => testOf(prove(each, bounds[at], level), each.length, names));
    tested.push({ ...encodedHead(head), tests });
  }
  const matrix = asMatrix(counts, cells.length, classes);
  const body = certificateBody.parse({
    version: 1,
    method: 1,
    ...facts,
    claim: claimText(facts),
    heads: tested,
    counts: cells.flatMap(({ label, group }, cell) => {
      const predicted = facts.classes.map((_, k) => valueAt(matrix, cell, k));
      // Who has no rows is known from other tables, which whoever verifies has not.
      if (predicted.every((rows) => rows === 0)) return [];
      const groupOf = group === null ? null : groupName(groupNames, group);
      return [{ class: className(names.classes, label), group: groupOf, predicted }];
    }),
  });
  return { ...body, digest: digestOf(body) };
}

/** An attribute from the names of its values, by the names of groups. */
function attributeOf(
  { name, values: told }: NonNullable<Facts["bounds"][number]["attribute"]>,
  groups: readonly number[],
  groupNames: readonly string[],
): Attribute {
  const known = new Map(told);
  const values = [...new Set(told.map(([, value]) => value))];
  const byGroup: number[] = [];
  for (const group of groups) byGroup[group] = values.indexOf(known.get(groupName(groupNames, group)) ?? "");
  return { name, byGroup, values };
}

/** The heads of a certificate of which not every bound is proved, a sentence each. */
export function unprovedIn({ heads, bounds, confidence }: Certificate): string[] {
  const level = levelOf(confidence);
  return heads.flatMap(({ tests }, place) =>
    tests.length === bounds.length && bounds.length > 0 && tests.every(({ pValue }) => pValue <= level)
      ? []
      : [`Head ${place + 1} of ${heads.length} is not proved to keep every bound.`],
  );
}

/** The digest of a certificate, whatever the order of its keys. */
export function digestOf(body: CertificateBody): string {
  return createHash("sha256")
    .update(JSON.stringify(certificateBody.parse(body)))
    .digest("hex");
}

interface Names {
  readonly classes: readonly string[];
  readonly groups: readonly string[];
}

const testNames = {
  share: "binomial",
  pair: "unconditional",
  mean: "boundedMean",
  none: "binomial",
} as const;

function testOf(
  { pValue, weakest }: Proof,
  values: number,
  names: Names,
): CertificateBody["heads"][number]["tests"][number] {
  const { metric, classes, groups, attribute } = weakest.subject;
  return {
    test: testNames[weakest.test],
    pValue,
    values,
    weakest: {
      metric,
      classes: classes.map((label) => className(names.classes, label)),
      groups: groups.map((group) => groupName(attribute?.values ?? names.groups, group)),
      value: weakest.value,
      counts: countsOf(weakest),
    },
  };
}

function countsOf(part: Part): [number, number][] {
  const pairs = part.test === "share" ? [part.counts] : part.test === "pair" ? [part.first, part.second] : [];
  return pairs.map(({ successes, samples }) => [successes, samples]);
}

/** A head as text, with the hash of its numbers. */
export function encodedHead({ weight, bias }: Pick<Head, "weight" | "bias">) {
  const [rows, offsets] = [encodeFloats("F32", weight), bias && encodeFloats("F32", bias)];
  const hash = createHash("sha256")
    .update(rows)
    .update(offsets ?? new Uint8Array());
  return {
    sha256: hash.digest("hex"),
    weight: Buffer.from(rows).toString("base64"),
    bias: offsets && Buffer.from(offsets).toString("base64"),
  };
}
