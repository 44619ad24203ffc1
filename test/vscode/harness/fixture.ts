/** A test in a real VS Code: opens windows, and afterwards makes sure that nothing is left behind. */
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { launchChromium } from "../../support/chromium.ts";
import { halfFiles, hashes, leftOver } from "./leftovers.ts";
import { until } from "./until.ts";
import { Window, type WindowOptions } from "./window.ts";

export interface Bench {
  readonly server: ReturnType<typeof inject<"server">>;
  /** Opens a window; it is closed when the test ends. `folders` are the workspace folders in it, the target by default. */
  open(target: string, options?: WindowOptions & { folders?: readonly string[] }): Promise<Window>;
}

/** Checkpoints that were there when the window opened, by path. */
function sources(folders: readonly string[]): Record<string, string> {
  const all: Record<string, string> = {};
  for (const folder of folders) {
    for (const [file, hash] of Object.entries(hashes(folder))) {
      if (/^(checkpoints|features)\//.test(file)) all[`${folder}/${file}`] = hash;
    }
  }
  return all;
}

/**
 * Call once per test file. After each test its windows are closed, and then: no process is left, no half-written file,
 * the checkpoints and feature tables of the workspaces are as they were, and no page of ours complained.
 * @param server the one of all test files, when absent
 */
export function inVSCode(server = inject("server")): Bench {
  let browser: Browser;
  let context: BrowserContext;
  let windows: Window[] = [];
  let folders: string[] = [];
  let before: Record<string, string> = {};

  beforeAll(async () => {
    browser = await launchChromium();
    context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  });
  afterAll(() => browser.close());
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail")
      await Promise.all(windows.map((window) => window.keepPicture(task.name)));
    const problems = windows.flatMap((window) => window.problems);
    await Promise.all(windows.map((window) => window.close()));
    const [used, sourcesBefore] = [folders, before];
    // Before anything is expected: what one test left must not count against the next.
    [windows, folders, before] = [[], [], {}];
    await until("the extension's processes to end", () => leftOver(server.mark).length === 0, 20_000).catch(
      () => {},
    );
    expect(leftOver(server.mark)).toEqual([]);
    expect(used.flatMap(halfFiles)).toEqual([]);
    expect(sources(used)).toMatchObject(sourcesBefore);
    expect(problems).toEqual([]);
  });

  return {
    server,
    async open(target, options = {}) {
      const opened = options.folders ?? [target];
      folders.push(...opened);
      before = { ...before, ...sources(opened) };
      const window = await Window.open(context, server, target, options);
      windows.push(window);
      return window;
    },
  };
}
