/**
 * What a CSV or Parquet too large for memory is turned into, once: rows of float32 one after another, then what the rows are,
 * then a footer in JSON that says where all this lies. It holds for the file as it was, told by its size, time and both ends.
 */
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { writeAtomically, writeFully } from "../files/atomic.ts";
import { remove, touch } from "../files/direct.ts";
import { lookAt } from "../files/fresh.ts";
import { FileError, openSource, readLong, type SourceFile, sliceOf } from "../files/ranges.ts";
import { rowsInMemory } from "../selmix/problem.ts";
import type { OpenTableOptions } from "./options.ts";
import type { NumberSink, RowFactsRead } from "./records/records.ts";
import { rangedRows } from "./rows.ts";
import { type FeatureTable, type IndexColumn, mostLogits } from "./table.ts";

const version = 1;
const magic = "SELMIXT1";
const ending = ".table";
const endBytes = 64 * 1024;
const mostFooterBytes = 64 * 1024 * 1024;
/** Of all tables that are kept, unless more are in use. */
const mostBytes = 2e9;

const whole = z.int().nonnegative();
/** Numbers of four bytes each. */
const part = z.object({ offset: whole, bytes: whole.multipleOf(4) });
const column = z.object({ codes: part, texts: z.array(z.string()) });
const footerSchema = z.object({
  version: z.literal(version),
  of: z.string(),
  count: whole,
  width: z.int().positive(),
  logits: z.object({ values: part, width: z.int().positive() }).nullable(),
  names: z.array(z.string()).nullable(),
  unused: z.array(z.string()),
  labels: column.nullable(),
  attributes: z.array(column.extend({ name: z.string() })),
  weights: part.extend({ bytes: whole.multipleOf(8) }).nullable(),
});
type Footer = z.infer<typeof footerSchema>;
type Part = z.infer<typeof part>;

/** The table that a file was turned into before; null where there is none, or the file is another by now. */
export async function cachedTable(
  folder: string,
  file: string,
  options: OpenTableOptions,
): Promise<FeatureTable | null> {
  const place = placeOf(folder, file, options);
  if (!lookAt(place)?.isFile()) return null;
  const of = await stateOf(file);
  const source = await openSource(place);
  try {
    const footer = await readFooter(source);
    if (footer?.of !== of) {
      await source.close();
      return null;
    }
    touch(place);
    return await tableOf(file, source, footer);
  } catch (error) {
    await source.close();
    if (error instanceof FileError) return null;
    throw error;
  }
}

/** Turns a file into a table of ours: `read` hands its rows on, and returns what they are. */
export async function writeCache(
  folder: string,
  file: string,
  options: OpenTableOptions,
  about: Pick<Footer, "names" | "unused">,
  read: (sink: NumberSink) => Promise<RowFactsRead>,
): Promise<void> {
  const of = await stateOf(file);
  await writeAtomically(placeOf(folder, file, options), async (handle) => {
    const writer = new Writer(handle);
    const logits: Float32Array[] = [];
    let logitRows = 0;
    const { count, facts, widths } = await read({
      rows: (values) => writer.append(bytesOf(values)),
      logits(values, rows) {
        const wanted = Math.min(rows, mostLogits - logitRows);
        if (wanted <= 0) return;
        logits.push(values.slice(0, wanted * (values.length / rows)));
        logitRows += wanted;
      },
    });
    const keep = async ({ codes, texts }: IndexColumn) => ({
      codes: await writer.part(bytesOf(codes)),
      texts: [...(texts ?? [])],
    });
    const footer: Footer = {
      version,
      of,
      ...{ count, width: widths.rows, ...about },
      logits:
        widths.logits === 0
          ? null
          : { width: widths.logits, values: await writer.part(Buffer.concat(logits.map(bytesOf))) },
      labels: facts.labels && (await keep(facts.labels)),
      attributes: [],
      weights: facts.weights && (await writer.part(bytesOf(facts.weights))),
    };
    for (const attribute of facts.attributes)
      footer.attributes.push({ name: attribute.name, ...(await keep(attribute)) });
    const text = Buffer.from(JSON.stringify(footer));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    await writer.append(Buffer.concat([text, length, Buffer.from(magic, "latin1")]));
  });
}

/** Removes tables that are too many, those that were not used for longest first; those in use stay. */
export function pruneCache(folder: string, inUse: readonly string[]): void {
  if (!lookAt(folder)?.isDirectory()) return;
  const all = readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => path.join(folder, name))
    .flatMap((place) => {
      const info = statSync(place, { throwIfNoEntry: false });
      return info?.isFile()
        ? [{ place, bytes: info.size, used: info.mtimeMs, stays: inUse.includes(place) }]
        : [];
    })
    .sort((a, b) => Number(b.stays) - Number(a.stays) || b.used - a.used);
  let bytes = 0;
  for (const one of all) {
    bytes += one.bytes;
    if (bytes > mostBytes && !one.stays) remove(one.place);
  }
}

/** Where the table of a file lies, whether it is there or not. */
export function placeOf(folder: string, file: string, { columns, kind }: OpenTableOptions): string {
  const told = JSON.stringify([version, path.resolve(file), columns ?? null, kind ?? null]);
  return path.join(folder, `${createHash("sha256").update(told).digest("hex").slice(0, 24)}${ending}`);
}

/** What tells a file from what it was before: size, time, and its first and last bytes. */
async function stateOf(file: string): Promise<string> {
  const info = statSync(file, { bigint: true });
  const source = await openSource(file);
  try {
    const hash = createHash("sha256").update(`${info.size} ${info.mtimeNs}`);
    const length = Math.min(endBytes, source.size);
    hash.update(await source.read(0, length)).update(await source.read(source.size - length, length));
    return hash.digest("hex");
  } finally {
    await source.close();
  }
}

async function readFooter(source: SourceFile): Promise<Footer | null> {
  const tail = 4 + magic.length;
  if (source.size < tail) return null;
  const end = Buffer.from(await source.read(source.size - tail, tail));
  const length = end.readUInt32LE(0);
  if (end.toString("latin1", 4) !== magic || length > Math.min(mostFooterBytes, source.size - tail))
    return null;
  const text = Buffer.from(await readLong(source, source.size - tail - length, length)).toString("utf8");
  try {
    return footerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

async function tableOf(file: string, source: SourceFile, footer: Footer): Promise<FeatureTable> {
  const { count, width } = footer;
  const bytes = (one: Part) => readLong(sliceOf(source, one.offset, one.bytes), 0, one.bytes);
  const index = async ({ codes, texts }: Footer["attributes"][number] | NonNullable<Footer["labels"]>) => {
    const values = new Int32Array(Uint8Array.from(await bytes(codes)).buffer);
    if (values.length !== count || values.some((code) => code < 0 || code >= texts.length))
      throw new FileError(`${source.name} is damaged; remove it.`);
    return { codes: values, texts };
  };
  const attributes: FeatureTable["attributes"][number][] = [];
  for (const attribute of footer.attributes)
    attributes.push({ name: attribute.name, ...(await index(attribute)) });
  const { logits } = footer;
  const stored = { type: "F32" as const, littleEndian: true, fortran: false };
  return {
    path: file,
    rows: rangedRows(file, {
      ...stored,
      shape: [count, width],
      source: sliceOf(source, 0, count * width * 4),
    }),
    names: footer.names,
    logits:
      logits &&
      rowsInMemory(new Float32Array(Uint8Array.from(await bytes(logits.values)).buffer), logits.width),
    labels: footer.labels && (await index(footer.labels)),
    attributes,
    weights: footer.weights && new Float64Array(Uint8Array.from(await bytes(footer.weights)).buffer),
    bodyHash: null,
    unused: footer.unused,
    close: () => void source.close(),
  };
}

class Writer {
  readonly #handle: FileHandle;
  #at = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeFully(this.#handle, bytes, this.#at);
    this.#at += bytes.length;
  }

  async part(bytes: Uint8Array): Promise<Part> {
    const offset = this.#at;
    await this.append(bytes);
    return { offset, bytes: bytes.length };
  }
}

function bytesOf(values: Float32Array | Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
