/** Mutated copies of small files, the same for the same number. */

/** A generator of whole numbers below a bound (mulberry32). */
export type Pick = (below: number) => number;

export function picker(seed: number): Pick {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Numbers that sizes, counts and offsets go wrong at. */
const edges = [0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn];
const wide = [2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];

/** One to six changes to a seed; every second input keeps its length, so that offsets elsewhere stay right. */
export function mutate(seeds: readonly Uint8Array[], pick: Pick): Uint8Array {
  let bytes: Buffer = Buffer.from(seeds[pick(seeds.length)] ?? []);
  const other = seeds[pick(seeds.length)] ?? bytes;
  const keepLength = pick(2) === 0;
  for (let changes = 1 + pick(6); changes > 0; changes--) {
    bytes = keepLength ? overwrite(bytes, other, pick) : reshape(bytes, other, pick);
  }
  return bytes;
}

function overwrite(bytes: Buffer, other: Uint8Array, pick: Pick): Buffer {
  if (bytes.length < 16) return bytes;
  const at = place(bytes, pick);
  const room = bytes.length - at;
  switch (pick(6)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
      break;
    case 1:
      bytes[at] = pick(256);
      break;
    case 2: {
      const from = pick(other.length);
      bytes.set(other.subarray(from, from + Math.min(room, 1 + pick(32))), at);
      break;
    }
    case 3:
      bytes.fill(pick(2) * 255, at, at + Math.min(room, 1 + pick(16)));
      break;
    default:
      writeEdge(bytes, at, pick);
  }
  return bytes;
}

function reshape(bytes: Buffer, other: Uint8Array, pick: Pick): Buffer {
  const at = place(bytes, pick);
  const length = 1 + pick(64);
  switch (pick(5)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 2: {
      const from = pick(other.length + 1);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + length), bytes.subarray(at)]);
    }
    case 3:
      return pick(4) === 0 ? bytes.subarray(0, at) : overwrite(bytes, other, pick);
    default:
      return overwrite(bytes, other, pick);
  }
}

/** Somewhere; often near the start or the end, where headers and directories are. */
function place(bytes: Buffer, pick: Pick): number {
  const near = pick(Math.min(bytes.length, 256) + 1);
  const where = pick(4);
  if (where === 0) return near;
  if (where === 1) return bytes.length - near;
  return pick(bytes.length + 1);
}

function writeEdge(bytes: Buffer, at: number, pick: Pick): void {
  const all = [...edges, ...wide];
  const value = all[pick(all.length)] ?? 0n;
  const size = [1, 2, 4, 8][pick(4)] ?? 1;
  const bigEndian = pick(4) === 0;
  for (let i = 0; i < size && at + i < bytes.length; i++) {
    const shift = BigInt(8 * (bigEndian ? size - 1 - i : i));
    bytes[at + i] = Number((value >> shift) & 0xffn);
  }
}

/** Values that no field of ours expects. */
const strange: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -1e308,
  2 ** 32,
  2 ** 53,
  "",
  "x".repeat(5000),
  "__proto__",
  "../../../etc/passwd",
  "\u001b[2J\u202e",
  "2026-99-99",
  [],
  {},
  [[[]]],
];

/** One to four changes to the values of a JSON text, or of one of its lines. */
export function mutateJson(seeds: readonly Uint8Array[], kind: "json" | "lines", pick: Pick): Uint8Array {
  const text = Buffer.from(seeds[pick(seeds.length)] ?? []).toString("utf8");
  const lines = kind === "lines" ? text.split("\n").filter((line) => line !== "") : [text];
  const chosen = pick(lines.length);
  lines[chosen] = JSON.stringify(mutateValue(JSON.parse(lines[chosen] ?? "null"), pick)) ?? "";
  return Buffer.from(lines.join("\n"));
}

type Holder = Record<string, unknown> | unknown[];

function mutateValue(value: unknown, pick: Pick): unknown {
  const root = { value };
  const places: [Holder, string][] = [];
  const visit = (holder: Holder): void => {
    for (const [key, inner] of Object.entries(holder)) {
      places.push([holder, key]);
      if (typeof inner === "object" && inner !== null) visit(inner as Holder);
    }
  };
  visit(root);
  for (let changes = 1 + pick(4); changes > 0; changes--) {
    const [holder, key] = places[pick(places.length)] ?? [root, "value"];
    const old = Reflect.get(holder, key);
    const how = pick(5);
    if (how === 0) Reflect.deleteProperty(holder, key);
    else if (how === 1 && Array.isArray(old)) Reflect.set(holder, key, [...old, ...old]);
    else if (how === 2 && Array.isArray(old)) Reflect.set(holder, key, old.slice(0, pick(old.length + 1)));
    else Reflect.set(holder, key, strange[pick(strange.length)]);
  }
  return root.value;
}
