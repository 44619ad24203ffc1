/** scikit-learn's estimators as skops saves them: a zip archive with the arrays as npy members, and what they are in schema.json. */
import { readLong } from "../../files/ranges.ts";
import { openMember, type ZipArchive } from "../../files/zip.ts";
import { CheckpointError } from "../checkpoint.ts";
import { arrayArchiveFormat, type MemberNames } from "../npz.ts";
import { attributeIn, stepIn } from "./attributeNames.ts";

const mostBytes = 64 * 1024 * 1024;
const deepest = 40;

export const skopsFormat = arrayArchiveFormat("skops", attributeNames);

/** Names of the arrays by the attributes that hold them. */
async function attributeNames(archive: ZipArchive): Promise<MemberNames> {
  const { name: file } = archive.source;
  const member = archive.members.get("schema.json");
  if (!member)
    throw new CheckpointError(`${file} has no schema.json in it; save the estimator with skops.io.dump.`);
  if (member.size > mostBytes)
    throw new CheckpointError(`${file} has a schema.json of over 64 MB; it is no linear model.`);
  const source = await openMember(archive, member);
  const text = new TextDecoder().decode(await readLong(source, 0, source.size));
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    throw new CheckpointError(`${file} has a schema.json that is no JSON; save the estimator again.`);
  }
  const names = new Map<string, string>();
  walk(schema, "", 0, names);
  return names;
}

function walk(node: unknown, path: string, depth: number, names: Map<string, string>): void {
  if (typeof node !== "object" || node === null || depth > deepest) return;
  const entries = new Map<string, unknown>(Object.entries(node));
  const [file, content] = [entries.get("file"), entries.get("content")];
  if (typeof file === "string" && file.endsWith(".npy")) {
    const stem = file.slice(0, -".npy".length);
    if (!names.has(stem)) names.set(stem, path);
    return;
  }
  if (typeof content !== "object" || content === null) return;
  const inner = new Map<string, unknown>(Object.entries(content));
  // An object's content is the dictionary of its attributes.
  if (typeof inner.get("__loader__") === "string") {
    walk(content, path, depth + 1, names);
    return;
  }
  const [name, step] = Array.isArray(content) && content.length === 2 ? [textOf(content[0]), content[1]] : [];
  if (typeof name === "string") {
    walk(step, stepIn(path, name), depth + 1, names);
    return;
  }
  for (const [key, value] of inner) walk(value, attributeIn(path, key), depth + 1, names);
}

/** A text among the nodes, as skops keeps it: JSON in JSON. */
function textOf(node: unknown): string | null {
  const content = typeof node === "object" && node !== null && "content" in node ? node.content : null;
  return typeof content === "string" && /^"[\w.-]+"$/.test(content) ? content.slice(1, -1) : null;
}
