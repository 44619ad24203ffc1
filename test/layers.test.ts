/** The walls of the house: imports go down only, and no file grows past what fits in a head. */
import { globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { expect, it } from "vitest";

/** From the top of the house to its foundation; a room may import from itself and from those after it. */
const rooms = [
  "extension.ts",
  "cli.ts",
  "cli",
  "extension",
  "webview",
  "engine",
  "watching",
  "project",
  "checkpoints",
  "features",
  "selmix",
  "files",
  "words",
  "protocol",
  "metrics",
  "statistics",
];

const source = path.resolve("src");
const files = globSync("**/*.ts", { cwd: source })
  .filter((file) => !file.endsWith(".d.ts"))
  .map((file) => file.split(path.sep).join("/"));

const roomOf = (file: string) => file.split("/")[0] ?? file;

/** Every module a file names: static, type-only, re-exported and dynamic imports. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(source, file), "utf8");
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s*"([^"]+)"|(?:^|\n)\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/g;
  return [...text.matchAll(pattern)].flatMap((match) => match.slice(1).filter((name) => name !== undefined));
}

const isNode = (name: string) => name.startsWith("node:") || builtinModules.includes(name);

it("knows every room", () => {
  expect(files.filter((file) => !rooms.includes(roomOf(file)))).toEqual([]);
});

it.each(files)("%s imports downwards only", (file) => {
  const own = rooms.indexOf(roomOf(file));
  const upward = importsOf(file)
    .filter((name) => name.startsWith(".") && !name.endsWith("/package.json"))
    .map((name) => path.posix.join(path.posix.dirname(file), name))
    .filter((target) => rooms.indexOf(roomOf(target)) < own);
  expect(upward).toEqual([]);
});

it("imports in no circle, not even of types", () => {
  const imported = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter((name) => name.startsWith("."))
        .map((name) => path.posix.join(path.posix.dirname(file), name))
        .filter((target) => files.includes(target)),
    ]),
  );
  // Whoever imports nothing that is left, or is imported by nobody left, is in no circle: they go until only circles stay.
  for (let before = -1; before !== imported.size; ) {
    before = imported.size;
    const wanted = new Set([...imported.values()].flat());
    for (const [file, targets] of imported)
      if (!wanted.has(file) || !targets.some((target) => imported.has(target))) imported.delete(file);
  }
  expect([...imported.keys()]).toEqual([]);
});

/** Of the method, what runs on tensors: the one evaluator that does, and the whole network. */
const onTensors = /^selmix\/(whole\/.*|tensors|featureSet|gain|headTensor|products|trainer)\.ts$/;

it.each(files.filter((file) => file.startsWith("selmix/") && !onTensors.test(file)))(
  "%s knows no tensors, so that any backend may compute for it",
  (file) => {
    expect(importsOf(file).filter((name) => name.startsWith("@tensorflow"))).toEqual([]);
  },
);

it.each(files)("%s takes from zod what it uses, for its z cannot be bundled but whole", (file) => {
  expect(readFileSync(path.join(source, file), "utf8")).not.toMatch(
    /import (type )?\{[^}]*\bz\b[^}]*\} from "zod"/,
  );
});

it.each(files)("%s keeps to its room's world", (file) => {
  const room = roomOf(file);
  const outside = importsOf(file).filter((name) => !name.startsWith("."));
  if (room !== "extension" && room !== "extension.ts") expect(outside).not.toContain("vscode");
  if (["webview", "selmix", "words", "protocol", "metrics", "statistics"].includes(room))
    expect(outside.filter(isNode)).toEqual([]);
  if (["words", "metrics", "statistics"].includes(room)) {
    // They are in every bundle, also in those that start within milliseconds.
    expect(outside).toEqual([]);
    expect(readFileSync(path.join(source, file), "utf8")).not.toMatch(
      /import (?!type)[^;]*"[^"]*\/protocol\//,
    );
  }
  if (room === "selmix") {
    expect(importsOf(file).filter((name) => name.includes("/files/"))).toEqual([]);
    const text = readFileSync(path.join(source, file), "utf8");
    expect(text).not.toMatch(/Math\.random|Date\.now|new Date\(|performance\.now|process\./);
  }
  if (room === "extension" || room === "extension.ts") {
    expect(outside.filter((name) => name.startsWith("@tensorflow"))).toEqual([]);
  }
});

/** Where text leaves for a place that would take some of it for commands: each has one door, which takes escaped text. */
const doors = [
  {
    door: "cli/terminal.ts",
    call: /\bconsole\.|process\.(stdout|stderr)\.write\(|[sS]tream\.write\(/,
    rooms: ["cli", "cli.ts"],
  },
  {
    door: "extension/tell.ts",
    call: /\bwindow\.show(Information|Warning|Error)Message|\bwindow\.showQuickPick|\bvscode\.MarkdownString\(/,
    rooms: ["extension", "extension.ts"],
  },
];

it.each(files)("%s speaks through the doors that escape names", (file) => {
  const text = readFileSync(path.join(source, file), "utf8");
  for (const { door, call, rooms: speaking } of doors) {
    if (speaking.includes(roomOf(file)) && file !== door) expect(text).not.toMatch(call);
    if (file === door) expect(text).toMatch(call);
  }
  // Only a sink's own functions may say that text is safe.
  if (!file.startsWith("words/escape/") && file !== "cli/terminal.ts")
    expect(text).not.toMatch(/\bas (TerminalText|Html|Markdown|CsvText|NotificationText|LabelText|Safe)\b/);
});

it.each(files)("%s fits on a few screens", (file) => {
  expect(readFileSync(path.join(source, file), "utf8").split("\n").length).toBeLessThanOrEqual(350);
});
