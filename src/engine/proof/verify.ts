/** A certificate done again from the head and the table that it names, and what comes out otherwise. */
import path from "node:path";
import * as z from "zod";
import { openCheckpoint } from "../../checkpoints/formats.ts";
import { readHead } from "../../checkpoints/head.ts";
import { columnSettings } from "../../features/columns.ts";
import { openFeatureTable } from "../../features/open.ts";
import type { FeatureTable } from "../../features/table.ts";
import { decodeFloats } from "../../files/numbers.ts";
import { FileError, reason } from "../../files/ranges.ts";
import { readSmallText } from "../../files/regular.ts";
import { type Certificate, certificate as schema } from "../../protocol/certificate.ts";
import type { Head } from "../../selmix/problem.ts";
import { verifiedText } from "../../words/proof.ts";
import { JobError } from "../errors.ts";
import { heldBackAgain, type ProofRows, proofRows } from "../problem/heldBack.ts";
import { hashTable } from "../tables/tableHashes.ts";
import { labelsOf } from "../tables/tables.ts";
import { numberTables } from "../tables/vocabulary.ts";
import { certificateOf, digestOf, encodedHead, unprovedIn } from "./certificate.ts";

/** A certificate with many large heads is large; one above this is none of ours. */
const mostBytes = 512 * 2 ** 20;
/** Differences of numbers below are those of processors. */
const rounding = 1e-9;
const mostDifferences = 20;

export interface Verification {
  readonly certificate: string;
  readonly valid: boolean;
  readonly claim: string;
  /** What is otherwise than it says, a sentence each. */
  readonly differences: readonly string[];
  readonly sentence: string;
}

/** Does the tests of a certificate again. Throws `JobError` for what is no certificate, and what reading its files throws. */
export async function verifyCertificate(file: string, pause: () => Promise<void>): Promise<Verification> {
  const told = readCertificate(file);
  const { digest, ...body } = told;
  const differences = [...(digestOf(body) === digest ? [] : ["Its digest is not that of what it says."])];
  const folder = path.dirname(path.resolve(file));
  differences.push(...(await hashDifferences(folder, told)));
  const again = differences.length === 0 ? await doneAgain(folder, told, pause) : null;
  if (again) {
    differences.push(...differencesOf(told, again, ""));
    differences.push(...unprovedIn(again));
    if (!(await isSameHead(folder, told)))
      differences.push(`The head in ${told.copy.file} is another than the last one that was tested.`);
  }
  const valid = differences.length === 0;
  const shown = differences.slice(0, mostDifferences);
  const sentence = verifiedText({
    file: path.basename(file),
    valid,
    differences: shown,
    bounds: told.bounds.length,
    confidence: told.confidence,
  });
  return { certificate: path.resolve(file), valid, claim: told.claim, differences: shown, sentence };
}

function readCertificate(file: string): Certificate {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readSmallText(file, mostBytes));
  } catch (error) {
    if (error instanceof SyntaxError) throw new JobError(`${file} is no certificate: it is not JSON.`);
    if (error instanceof FileError) throw error;
    throw new JobError(
      `${file} cannot be read: ${reason(error)}; name the certificate that lies beside a tuned copy.`,
    );
  }
  const result = schema.safeParse(parsed);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new JobError(
    `${file} is no certificate of this version: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
  );
}

async function hashDifferences(folder: string, { table }: Certificate): Promise<string[]> {
  const found: string[] = [];
  for (const each of [table, ...(table.metadata ? [table.metadata] : [])]) {
    const hash = await hashTable(path.resolve(folder, each.path));
    if (hash !== each.sha256) found.push(`${each.path} is another table than the one that was tested on.`);
  }
  return found;
}

/** The certificate as it comes out now. */
async function doneAgain(
  folder: string,
  told: Certificate,
  pause: () => Promise<void>,
): Promise<Certificate> {
  const {
    version: _version,
    method: _method,
    claim: _claim,
    heads,
    counts: _counts,
    digest: _digest,
    ...facts
  } = told;
  const opened = await openFeatureTable(path.resolve(folder, told.table.path), {
    kind: "features",
    cache: null,
    inOrder: true,
    ...(told.table.columns && { columns: columnsOf(told) }),
    ...(told.table.metadata && { metadata: path.resolve(folder, told.table.metadata.path) }),
  });
  try {
    const { rows, groupNames } = rowsOf(told, opened);
    const { classes, size } = told.copy.head;
    const decoded = heads.map((head): Head => ({ classes, size, ...decodedHead(head, classes, size) }));
    const table = { ...facts.table, rows: rows.rows.count, heldBack: rows.heldBack && { ...rows.heldBack } };
    return await certificateOf({ ...facts, table }, rows, decoded, groupNames, pause);
  } finally {
    opened.close();
  }
}

function columnsOf({ table }: Certificate) {
  const result = columnSettings.partial().safeParse(table.columns);
  if (result.success) return result.data;
  throw new JobError("The certificate names columns that no table has.");
}

/** The rows that prove, numbered and held back as they were. */
function rowsOf(
  { classes, table, shares }: Certificate,
  opened: FeatureTable,
): { rows: ProofRows; groupNames: readonly string[] } {
  const { attributes, heldBack } = table;
  const kept = { ...opened, attributes: opened.attributes.filter(({ name }) => attributes?.includes(name)) };
  const configuration = {
    classes: [...classes],
    ...(table.groups && { groups: table.groups }),
    ...(table.columns && { columns: columnSettings.parse(table.columns) }),
  };
  const opens = { train: kept, validation: kept, test: null, certify: null, unlabeled: null };
  const numbered = numberTables(opens, { path: "the certificate", configuration }, null);
  const all = numbered.tables.validation;
  if (heldBack && all.rows.count !== heldBack.of)
    throw new JobError(
      `The certificate is about ${heldBack.of} rows, and ${table.path} has ${all.rows.count}.`,
    );
  const { table: some, heldBack: again } = heldBack
    ? heldBackAgain(all, heldBack)
    : { table: all, heldBack: null };
  const names = { classes, groups: numbered.groups };
  const groups = attributes === null ? null : some.groups;
  const members = { labels: labelsOf(some, classes.length), groups, attributes, shares, names };
  return { rows: proofRows(some, again, members), groupNames: numbered.groups };
}

function decodedHead({ weight, bias }: Certificate["heads"][number], classes: number, size: number) {
  const of = (text: string, count: number) => {
    const bytes = Buffer.from(text, "base64");
    if (bytes.length !== 4 * count)
      throw new JobError("A head in the certificate has not the numbers that it should have.");
    const values = new Float32Array(count);
    decodeFloats("F32", bytes, count, values, 0);
    return values;
  };
  return { weight: of(weight, classes * size), bias: bias === null ? null : of(bias, classes) };
}

/** Whether the copy holds the last head that was tested. */
async function isSameHead(folder: string, { copy, heads }: Certificate): Promise<boolean> {
  const checkpoint = await openCheckpoint(path.resolve(folder, path.basename(copy.file)));
  try {
    const { lengths, ...head } = copy.head;
    const location = { ...head, ...(lengths !== null && { lengths }), reason: "as certified" };
    return encodedHead(await readHead(checkpoint, location)).sha256 === heads.at(-1)?.sha256;
  } finally {
    await checkpoint.close();
  }
}

const object = z.record(z.string(), z.unknown());

/** Where two values differ, by the place of what does. */
function differencesOf(told: unknown, found: unknown, place: string): string[] {
  if (typeof told === "number" && typeof found === "number") {
    const near = Math.abs(told - found) <= rounding * Math.max(Math.abs(told), Math.abs(found));
    return near ? [] : [`${place} is ${told}, and comes to ${found}.`];
  }
  if (Array.isArray(told) && Array.isArray(found) && told.length === found.length)
    return told.flatMap((each, at) => differencesOf(each, found[at], `${place}[${at}]`));
  const [one, other] = [object.safeParse(told), object.safeParse(found)];
  if (one.success && other.success && !Array.isArray(told)) {
    const keys = [...new Set([...Object.keys(one.data), ...Object.keys(other.data)])];
    return keys
      .filter((key) => key !== "digest")
      .flatMap((key) =>
        differencesOf(one.data[key], other.data[key], place === "" ? key : `${place}.${key}`),
      );
  }
  return told === found ? [] : [`${place} is another than comes out.`];
}
