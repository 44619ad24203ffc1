/** The walls of the house: imports go down only, and no file grows past what fits in a head. */
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { expect, it } from "vitest";
import { importsOf, ownImportsOf, roomOf, rooms, sourceFiles, textOf, withMap } from "../scripts/rooms.ts";

const order = Object.keys(rooms);
const files = sourceFiles();

const isNode = (name: string) => name.startsWith("node:") || builtinModules.includes(name);

it("knows every room", () => {
  expect(files.filter((file) => !order.includes(roomOf(file)))).toEqual([]);
});

it.each(files)("%s imports downwards only", (file) => {
  const own = order.indexOf(roomOf(file));
  const upward = ownImportsOf(file).filter((target) => order.indexOf(roomOf(target)) < own);
  expect(upward).toEqual([]);
});

it("is drawn in CONTRIBUTING.md as it is", () => {
  const text = readFileSync("CONTRIBUTING.md", "utf8");
  expect(text).toBe(withMap(text));
});

/** Those of a graph that lie on a circle, or between two. */
function inCircles(imported: Map<string, readonly string[]>): string[] {
  // Whoever imports nothing that is left, or is imported by nobody left, is in no circle: they go until only circles stay.
  for (let before = -1; before !== imported.size; ) {
    before = imported.size;
    const wanted = new Set([...imported.values()].flat());
    for (const [one, targets] of imported)
      if (!wanted.has(one) || !targets.some((target) => imported.has(target))) imported.delete(one);
  }
  return [...imported.keys()];
}

it("imports in no circle, not even of types", () => {
  const imported = files.map((file): [string, string[]] => [
    file,
    ownImportsOf(file).filter((target) => files.includes(target)),
  ]);
  expect(inCircles(new Map(imported))).toEqual([]);
});

it.each(["engine", "selmix"])("the folders of %s import in no circle either", (room) => {
  const folderOf = (file: string) => path.posix.dirname(file).split("/").slice(0, 2).join("/");
  const imported = new Map<string, string[]>();
  for (const file of files.filter((one) => roomOf(one) === room)) {
    const folder = folderOf(file);
    const others = ownImportsOf(file)
      .filter((target) => roomOf(target) === room)
      .map(folderOf)
      .filter((target) => target !== folder);
    imported.set(folder, [...(imported.get(folder) ?? []), ...others]);
  }
  expect(inCircles(imported)).toEqual([]);
});

/** Of the method, what runs on tensors: the one evaluator that does, and the whole network. */
const onTensors = /^selmix\/(whole|tensors)\//;

it.each(files.filter((file) => file.startsWith("selmix/") && !onTensors.test(file)))(
  "%s knows no tensors, so that any backend may compute for it",
  (file) => {
    expect(importsOf(file).filter((name) => name.startsWith("@tensorflow"))).toEqual([]);
  },
);

it.each(files)("%s takes from zod what it uses, for its z cannot be bundled but whole", (file) => {
  expect(textOf(file)).not.toMatch(/import (type )?\{[^}]*\bz\b[^}]*\} from "zod"/);
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
    expect(textOf(file)).not.toMatch(/import (?!type)[^;]*"[^"]*\/protocol\//);
  }
  if (room === "selmix") {
    expect(importsOf(file).filter((name) => name.includes("/files/"))).toEqual([]);
    const text = textOf(file);
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
    call: /\bwindow\.show(Information|Warning|Error)Message|\bwindow\.showQuickPick|\bwindow\.showInputBox|\bvscode\.MarkdownString\(/,
    rooms: ["extension", "extension.ts"],
  },
];

it.each(files)("%s speaks through the doors that escape names", (file) => {
  const text = textOf(file);
  for (const { door, call, rooms: speaking } of doors) {
    if (speaking.includes(roomOf(file)) && file !== door) expect(text).not.toMatch(call);
    if (file === door) expect(text).toMatch(call);
  }
  // Only a sink's own functions may say that text is safe.
  if (!file.startsWith("words/escape/") && file !== "cli/terminal.ts")
    expect(text).not.toMatch(/\bas (TerminalText|Html|Markdown|CsvText|NotificationText|LabelText|Safe)\b/);
});

it.each(files)("%s fits on a few screens", (file) => {
  expect(textOf(file).split("\n").length).toBeLessThanOrEqual(300);
});
