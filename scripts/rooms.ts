/**
 * The house: its rooms, from the top to the foundation, and which imports which. `node scripts/rooms.ts` draws the map of
 * CONTRIBUTING.md anew.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A room may import from itself and from those after it. */
export const rooms: Readonly<Record<string, string>> = {
  "extension.ts": "activation: puts the parts of the extension together",
  "cli.ts": "the command line's start",
  cli: "commands of the terminal: options, progress, what is printed",
  extension: "what imports `vscode`: commands, sidebar, wizard, panels' host side, auto-retune",
  webview: "browser code: a folder a panel, shared drawing; knows no files and no tensors",
  engine: "the child process and its jobs: tune, evaluate, inspect; backends; runs, verdicts, certificates",
  watching: "which checkpoints there are, and when one counts as saved",
  project: "selmix.json: schema, checks, edits; run folders, ownership, locks",
  checkpoints: "a folder a format: list tensors, find the head, write a copy with another head",
  features: "tables in all their formats, and how features are made",
  selmix: "the method: arrays in, numbers out; no files, no clock, no chance but the seed's",
  files: "bytes: ranges, zip, HDF5, protobuf, hashes, writing that is whole or not at all",
  words: "every sentence that people read, and escaping for where it goes",
  protocol: "messages between the processes, and records on disk, as schemas",
  metrics: "the catalogue of objectives and bounds",
  statistics: "intervals and tests, as textbooks have them",
};

const root = path.resolve(import.meta.dirname, "..");
const source = path.join(root, "src");
const roomNames = Object.keys(rooms);

/** Every source file, by its path in src with slashes. */
export function sourceFiles(): string[] {
  return globSync("**/*.ts", { cwd: source })
    .filter((file) => !file.endsWith(".d.ts"))
    .map((file) => file.split(path.sep).join("/"));
}

export const textOf = (file: string): string => readFileSync(path.join(source, file), "utf8");

export const roomOf = (file: string): string => file.split("/")[0] ?? file;

/** Every module a file names: static, type-only, re-exported and dynamic imports. */
export function importsOf(file: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s*"([^"]+)"|(?:^|\n)\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/g;
  return [...textOf(file).matchAll(pattern)].flatMap((match) =>
    match.slice(1).filter((name) => name !== undefined),
  );
}

/** Those of them that are files of ours, by their paths in src. */
export function ownImportsOf(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith(".") && !name.endsWith("/package.json"))
    .map((name) => path.posix.join(path.posix.dirname(file), name));
}

/** Rooms that each room imports from. */
function importedRooms(): Map<string, Set<string>> {
  const found = new Map(roomNames.map((room) => [room, new Set<string>()]));
  for (const file of sourceFiles()) {
    for (const target of ownImportsOf(file)) {
      if (roomOf(target) !== roomOf(file)) found.get(roomOf(file))?.add(roomOf(target));
    }
  }
  return found;
}

/** Whether a room is reached from another through one in between: such an arrow is left out of the picture. */
function goesThrough(imported: Map<string, Set<string>>, from: string, to: string): boolean {
  return [...(imported.get(from) ?? [])].some(
    (between) => between !== to && (imported.get(between)?.has(to) || goesThrough(imported, between, to)),
  );
}

/** The map: a picture of the shortest arrows, and a table of the rooms. */
export function roomMap(): string {
  const imported = importedRooms();
  const name = (room: string) => room.replace(".", "_");
  const arrows = roomNames.flatMap((from) =>
    [...(imported.get(from) ?? [])]
      .filter((to) => !goesThrough(imported, from, to))
      .toSorted((a, b) => roomNames.indexOf(a) - roomNames.indexOf(b))
      .map((to) => `    ${name(from)}["${from}"] --> ${name(to)}["${to}"]`),
  );
  const rows = roomNames.map((room) => `| \`${room}\` | ${rooms[room]} |`);
  return [
    ...["```mermaid", "graph TD", ...arrows, "```", ""],
    ...["| room | what it is about |", "|---|---|", ...rows],
  ].join("\n");
}

const marks = ["<!-- map: node scripts/rooms.ts -->", "<!-- end of map -->"] as const;

/** CONTRIBUTING.md with the map of today's imports in the place of the one in it. */
export function withMap(text: string): string {
  const [start, end] = marks.map((mark) => text.indexOf(mark));
  if (start < 0 || end < start) throw new Error("CONTRIBUTING.md has no place for the map.");
  return `${text.slice(0, start + marks[0].length)}\n\n${roomMap()}\n\n${text.slice(end)}`;
}

if (process.argv[1] === import.meta.filename) {
  const file = path.join(root, "CONTRIBUTING.md");
  writeFileSync(file, withMap(readFileSync(file, "utf8")));
}
