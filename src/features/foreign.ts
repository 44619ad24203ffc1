/** Tables that are kept in other ways: told by their first bytes, named for what they are, with the line that leads out. */

/** So many bytes from the start of a file are looked at. */
export const startBytes = 4096;

const save = "save its arrays with numpy.savez(file, features=X, labels=y)";

/** What a file is that begins with these bytes (as latin1). */
const kinds: readonly (readonly [start: string, sentence: string])[] = [
  [
    "\x93NUMPY",
    "is a single array; put it into a folder as features.npy beside labels.npy, and name the folder",
  ],
  ["PAR1", `is a Parquet table, which is not read; ${save}`],
  ["ARROW1", `is an Arrow table, which is not read; ${save}`],
  ["FEA1", `is a Feather table, which is not read; ${save}`],
  ["\x89HDF", `is an HDF5 file, which is not read as a table; ${save}`],
  ["\x1f\x8b", "is compressed with gzip; unpack it first"],
  ["MATLAB", `is a MATLAB file, which is not read; ${save}`],
  ...[2, 3, 4, 5].map(
    (protocol) =>
      [`\x80${String.fromCharCode(protocol)}`, `is a Python pickle, which is not read; ${save}`] as const,
  ),
];

/** What a file is that begins with these bytes, with the way out; null where it may be a table of ours. */
export function foreignTable(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes).toString("latin1");
  const known = kinds.find(([sign]) => start.startsWith(sign));
  if (known) return known[1];
  if (start.startsWith("PK") && start.includes("/data.pkl")) {
    return `is a file of torch.save, which is not read as a table; ${save}`;
  }
  return isText(bytes) ? textSentence(start) : null;
}

/** A safetensors file begins with the length of its header, whose last bytes are zero. */
function isText(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
}

function textSentence(text: string): string {
  const [first = ""] = text.split(/\r?\n/);
  if (/^[{[]/.test(first.trim())) return `is JSON, which is not read as a table; ${save}`;
  const separator = ["\t", ";", ","].find((sign) => first.includes(sign));
  const kind = separator === "\t" ? "a TSV table" : separator ? "a CSV table" : "a text file";
  return `is ${kind}, which is not read; ${save}`;
}
