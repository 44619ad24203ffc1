/** package.json and the code agree on every command, view, setting, context key and link, in both directions. */
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { checkpointExtensions } from "../../src/checkpoints/formats.ts";
import { backendNames } from "../../src/engine/backends/backend.ts";
import {
  checkpointEditorIds,
  commandIds,
  contextKeys,
  panelIds,
  settingIds,
  toolIds,
  treeItemKinds,
  viewIds,
} from "../../src/extension/ids.ts";

const menuItem = z.object({
  command: z.string(),
  when: z.string().optional(),
  group: z.string().optional(),
});
const manifest = z
  .object({
    activationEvents: z.array(z.string()),
    main: z.string(),
    icon: z.string(),
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), enablement: z.string().optional() })),
      menus: z.record(z.string(), z.array(menuItem)),
      views: z.record(
        z.string(),
        z.array(z.object({ id: z.string(), icon: z.string(), type: z.string().optional() })),
      ),
      viewsContainers: z.object({ activitybar: z.array(z.object({ id: z.string(), icon: z.string() })) }),
      viewsWelcome: z.array(z.object({ view: z.string(), when: z.string(), contents: z.string() })),
      configuration: z.object({
        properties: z.record(z.string(), z.looseObject({ enum: z.array(z.string()).optional() })),
      }),
      languageModelTools: z.array(
        z.object({
          ...{ name: z.string(), modelDescription: z.string(), toolReferenceName: z.string() },
          inputSchema: z.object({ type: z.literal("object"), properties: z.record(z.string(), z.unknown()) }),
        }),
      ),
      customEditors: z.array(
        z.object({
          viewType: z.string(),
          priority: z.enum(["default", "option"]),
          selector: z.array(z.object({ filenamePattern: z.string() })),
        }),
      ),
      jsonValidation: z.array(z.object({ url: z.string() })),
      walkthroughs: z.array(
        z.object({
          steps: z.array(
            z.object({
              description: z.string(),
              media: z.object({ markdown: z.string() }),
              completionEvents: z.array(z.string()),
            }),
          ),
        }),
      ),
    }),
  })
  .parse(JSON.parse(readFileSync("package.json", "utf8")));
const { contributes } = manifest;

const sorted = (values: Iterable<string>) => [...new Set(values)].sort();
const source = globSync("src/extension/**/*.ts").map((file) => ({ file, text: readFileSync(file, "utf8") }));
const whens = [
  ...Object.values(contributes.menus).flatMap((items) => items.map(({ when }) => when ?? "")),
  ...contributes.viewsWelcome.map(({ when }) => when),
  ...contributes.commands.map(({ enablement }) => enablement ?? ""),
];
const walkthroughSteps = contributes.walkthroughs.flatMap(({ steps }) => steps);
const texts = [
  ...contributes.viewsWelcome.map(({ contents }) => contents),
  ...walkthroughSteps.map(({ description }) => description),
];

test("commands: declared, named in the code, and implemented by a file each", () => {
  const declared = sorted(contributes.commands.map(({ command }) => command));
  expect(declared).toEqual(sorted(Object.values(commandIds)));
  const files = globSync("src/extension/commands/*.ts")
    .map((file) => path.basename(file, ".ts"))
    .filter((name) => name !== "index");
  expect(sorted(files.map((name) => `selmix.${name}`))).toEqual(declared);
  for (const name of files) {
    const text = readFileSync(`src/extension/commands/${name}.ts`, "utf8");
    expect(text, name).toContain(`id: commandIds.${name}`);
    expect(readFileSync("src/extension/commands/index.ts", "utf8")).toContain(`from "./${name}.ts"`);
  }
});

test("every command has a rule in the palette, and menus only name commands there are", () => {
  const palette = contributes.menus.commandPalette ?? [];
  expect(sorted(palette.map(({ command }) => command))).toEqual(sorted(Object.values(commandIds)));
  for (const { command, when } of palette) expect(when, command).toBeTruthy();
  const named = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
  const known: string[] = Object.values(commandIds);
  expect(named.filter((command) => !known.includes(command))).toEqual([]);
});

test("views: declared, registered, and mentioned only when they exist", () => {
  const declared = sorted(Object.values(contributes.views).flatMap((views) => views.map(({ id }) => id)));
  expect(declared).toEqual(sorted(Object.values(viewIds)));
  const start = readFileSync("src/extension/start.ts", "utf8");
  for (const name of Object.keys(viewIds)) expect(start).toContain(`viewIds.${name}`);
  const mentioned = whens.flatMap((when) => [...when.matchAll(/\bview == (\S+)/g)].map(([, id]) => id));
  const welcomed = contributes.viewsWelcome.map(({ view }) => view);
  expect([...mentioned, ...welcomed].filter((id) => !declared.includes(id ?? ""))).toEqual([]);
  const containers = contributes.viewsContainers.activitybar.map(({ id }) => id);
  expect(Object.keys(contributes.views)).toEqual(containers);
});

test("settings: declared, read by the code, with the engine's backends", () => {
  const declared = Object.keys(contributes.configuration.properties);
  expect(sorted(declared)).toEqual(sorted(Object.values(settingIds).map((name) => `selmix.${name}`)));
  const settings = readFileSync("src/extension/settings.ts", "utf8");
  for (const name of Object.keys(settingIds)) expect(settings).toContain(`settingIds.${name}`);
  expect(contributes.configuration.properties["selmix.backend"]?.enum).toEqual(["auto", ...backendNames]);
});

test("context keys: set by the code, and used by a rule", () => {
  const used = whens.flatMap((when) => [...when.matchAll(/selmix\.\w+/g)].map(([key]) => key));
  const completed = walkthroughSteps
    .flatMap(({ completionEvents }) => completionEvents)
    .flatMap((event) => (event.startsWith("onContext:") ? [event.slice("onContext:".length)] : []));
  const views: string[] = Object.values(viewIds);
  expect(sorted([...used, ...completed].filter((key) => !views.includes(key)))).toEqual(
    sorted(Object.values(contextKeys)),
  );
  const contexts = readFileSync("src/extension/contexts.ts", "utf8");
  for (const name of Object.keys(contextKeys)) expect(contexts).toMatch(new RegExp(`\\b${name}:`));
});

test("tree items: the kinds that menus look for are the kinds that the trees give", () => {
  const kinds: string[] = Object.values(treeItemKinds);
  for (const when of whens) {
    for (const [, kind] of when.matchAll(/viewItem == (\S+)/g)) expect(kinds).toContain(kind);
    for (const [, expression] of when.matchAll(/viewItem =~ \/(\S+)\//g)) {
      expect(kinds.some((kind) => new RegExp(expression ?? "").test(kind))).toBe(true);
    }
  }
});

test("command links and completion events name commands there are, ours or the editor's", () => {
  const links = texts.flatMap((text) => [...text.matchAll(/\(command:([^)?]+)/g)].map(([, id]) => id ?? ""));
  const events = walkthroughSteps
    .flatMap(({ completionEvents }) => completionEvents)
    .flatMap((event) => (event.startsWith("onCommand:") ? [event.slice("onCommand:".length)] : []));
  const known: string[] = Object.values(commandIds);
  const ofEditor = /^workbench\./;
  expect([...links, ...events].filter((id) => !known.includes(id) && !ofEditor.test(id))).toEqual([]);
  expect(links.length).toBeGreaterThan(0);
});

test("no name of ours is written out in the code where a constant stands for it", () => {
  const written = source
    .filter(({ file }) => path.basename(file) !== "ids.ts")
    .flatMap(({ file, text }) =>
      [...text.matchAll(/"(selmix\.[A-Za-z.]+)"/g)]
        .map(([, name]) => name ?? "")
        .filter((name) => name !== "selmix.json" && name !== "selmix.status")
        .map((name) => `${file}: ${name}`),
    );
  expect(written).toEqual([]);
});

test("panels: each is restored under the id it was opened with", () => {
  const revived = manifest.activationEvents.flatMap((event) =>
    event.startsWith("onWebviewPanel:") ? [event.slice("onWebviewPanel:".length)] : [],
  );
  expect(sorted(revived)).toEqual(sorted(Object.values(panelIds)));
  for (const name of Object.keys(panelIds)) {
    expect(existsSync(`src/webview/${name}/main.ts`), `the page of ${name}`).toBe(true);
  }
});

test("the explorer's menus are for the formats of the table, every one and no other", () => {
  const endings = checkpointExtensions.map((ending) => ending.replaceAll(".", "\\."));
  const isCheckpoint = `resourceScheme == file && resourceFilename =~ /(${endings.join("|")})$/i`;
  const items = contributes.menus["explorer/context"] ?? [];
  expect(items.length).toBeGreaterThan(0);
  for (const { command, when = "" } of items)
    expect(when.split(" && selmix.")[0], command).toBe(isCheckpoint);
});

test("every file that package.json names is there", () => {
  const named = [
    manifest.icon,
    ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
    ...Object.values(contributes.views).flatMap((views) => views.map(({ icon }) => icon)),
    ...contributes.jsonValidation.map(({ url }) => url),
    ...walkthroughSteps.map(({ media }) => media.markdown),
  ];
  expect(named.filter((file) => !existsSync(file))).toEqual([]);
});

test("editors of checkpoints: declared as registered, for endings that are read, offered only where others own the type", () => {
  const declared = contributes.customEditors;
  expect(sorted(declared.map(({ viewType }) => viewType))).toEqual(
    sorted(Object.values(checkpointEditorIds)),
  );
  const endings = declared.flatMap(({ selector }) =>
    selector.map(({ filenamePattern }) => filenamePattern.slice(1)),
  );
  for (const ending of endings) expect(checkpointExtensions, ending).toContain(ending);
  const offered = declared.find(({ viewType }) => viewType === checkpointEditorIds.offered);
  expect(offered?.priority).toBe("option");
});

test("tools for agents: declared as registered, and those that change something say that they ask", () => {
  const declared = contributes.languageModelTools;
  expect(sorted(declared.map(({ name }) => name))).toEqual(sorted(Object.values(toolIds)));
  const registered = readFileSync("src/extension/agent/tools.ts", "utf8");
  for (const name of Object.keys(toolIds)) expect(registered).toContain(`toolIds.${name}`);
  for (const { name, modelDescription } of declared) {
    const changes = name === toolIds.tune || name === toolIds.use;
    expect(/Asks the user first/.test(modelDescription), name).toBe(changes);
  }
});
