/**
 * Opens a panel's built bundle (dist/webview/<panel>.js and .css) in Chromium, in a page like the one VS Code gives it:
 * the same strict policy, the theme's own variables and classes, and acquireVsCodeApi. Messages go in as the host would
 * send them; messages the panel posts and the state it keeps can be read back.
 */
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { packed } from "./packed.ts";
import { type ThemeName, themeNames, themes } from "./themes.ts";

export { type ThemeName, themeNames };

const root = path.resolve(import.meta.dirname, "../..");
const origin = "http://panel.test";
const nonce = "bm9uY2U";
const policy = [
  "default-src 'none'",
  `script-src 'nonce-${nonce}'`,
  `style-src ${origin} 'nonce-${nonce}'`,
  `font-src ${origin}`,
  `img-src ${origin} data: blob:`,
].join("; ");

/** Debian's Chromium, or the browser that SELMIX_CHROMIUM names. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.SELMIX_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      "--disable-quic",
    ],
  });
}

/** Where the tests' pictures go: .cache/screenshots/<theme>/<name>.png. */
export function screenshotPath(theme: string, name: string): string {
  const folder = path.join(root, ".cache/screenshots", theme);
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `${name}.png`);
}

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** What the panel kept before a reload, as `getState` returns it. */
  readonly state?: unknown;
  readonly reducedMotion?: boolean;
}

/** A message as the panel posted it; the test narrows it. */
export type Posted = { readonly type: string } & Readonly<Record<string, unknown>>;

/** What the page keeps for the test; it lives in the browser. */
interface Recorder {
  posted: Posted[];
  state: unknown;
  violations: string[];
}
type RecordedWindow = Window & { recorder: Recorder };

function pageSource(panel: string, theme: ThemeName): string {
  const { id, kind, bodyClass } = themes[theme];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SelMix</title>
<link rel="stylesheet" href="${panel}.css">
</head>
<body class="${bodyClass}" data-vscode-theme-kind="${kind}" data-vscode-theme-id="${id}">
<div id="app"></div>
<script nonce="${nonce}" src="${panel}.js"></script>
</body>
</html>`;
}

/** Runs in the browser before the panel's own code. */
function prepare(start: { state: unknown; variables: Record<string, string> }): void {
  const recorder: Recorder = { posted: [], state: start.state, violations: [] };
  const api = {
    postMessage: (message: Posted) => recorder.posted.push(structuredClone(message)),
    getState: () => recorder.state,
    setState: (state: unknown) => {
      recorder.state = structuredClone(state);
      return state;
    },
  };
  Object.assign(window, { recorder, acquireVsCodeApi: () => api });
  document.addEventListener("securitypolicyviolation", (event) => {
    recorder.violations.push(
      `${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
    );
  });
  // The policy forbids a style attribute in the source, so the variables are set as soon as there is an element.
  new MutationObserver((_, observer) => {
    if (document.body === null) return;
    observer.disconnect();
    for (const [name, value] of Object.entries(start.variables)) {
      document.documentElement.style.setProperty(name, value);
    }
  }).observe(document, { childList: true, subtree: true });
}

/** A panel open in Chromium. */
export class PanelPage {
  readonly page: Page;
  /** The element the panel draws into. */
  readonly app: Locator;
  private readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    this.app = page.locator("#app");
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.errors.push(message.text());
    });
  }

  /** Opens dist/webview/`panel`.js; build first. */
  static async open(browser: Browser, panel: string, options: PanelOptions = {}): Promise<PanelPage> {
    const theme = options.theme ?? "light";
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1000, height: options.height ?? 800 },
      reducedMotion: options.reducedMotion ? "reduce" : "no-preference",
      forcedColors: "none",
    });
    const opened = new PanelPage(await context.newPage());
    await opened.serve(panel, theme);
    await opened.page.addInitScript(prepare, { state: options.state, variables: themes[theme].variables });
    await opened.page.goto(`${origin}/`);
    return opened;
  }

  private async serve(panel: string, theme: ThemeName): Promise<void> {
    await this.page.route(`${origin}/**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name === "") return route.fulfill({ contentType: "text/html", body: pageSource(panel, theme) });
      const contentType = name.endsWith(".css") ? "text/css" : "text/javascript";
      try {
        return await route.fulfill({
          contentType,
          body: readFileSync(path.join(root, "dist/webview", name)),
        });
      } catch {
        return route.fulfill({ status: 404 });
      }
    });
  }

  /** Delivers a message as the host would (runs packed, typed arrays as typed arrays), and waits until the panel has it. */
  async send(message: object): Promise<void> {
    await this.page.evaluate(
      (data) =>
        new Promise<void>((resolve) => {
          // Added after the panel's own listener, so called after it.
          window.addEventListener("message", () => resolve(), { once: true });
          window.postMessage(data, "*");
        }),
      packed(message),
    );
  }

  /** Resolves when all that was asked to be drawn has been drawn. */
  async drawn(): Promise<void> {
    await this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }

  /** Everything the panel posted so far, oldest first. */
  posted(): Promise<Posted[]> {
    return this.page.evaluate(() => (window as RecordedWindow & typeof globalThis).recorder.posted);
  }

  /** Resolves with the first message of that type after skipping `skip` of them. */
  async waitForPosted(type: string, skip = 0): Promise<Posted> {
    await this.page.waitForFunction(
      ([wanted, count]) =>
        (window as RecordedWindow & typeof globalThis).recorder.posted.filter(
          (message) => message.type === wanted,
        ).length > count,
      [type, skip] as const,
    );
    const found = (await this.posted()).filter((message) => message.type === type)[skip];
    if (found === undefined) throw new Error(`The panel posted no "${type}".`);
    return found;
  }

  /** What the panel kept with `setState`. */
  state(): Promise<unknown> {
    return this.page.evaluate(() => (window as RecordedWindow & typeof globalThis).recorder.state);
  }

  /** Changes the theme while the panel is open, as VS Code does: variables, classes and attributes. */
  async setTheme(theme: ThemeName): Promise<void> {
    await this.page.evaluate(({ id, kind, bodyClass, variables }) => {
      document.documentElement.removeAttribute("style");
      for (const [name, value] of Object.entries(variables)) {
        document.documentElement.style.setProperty(name, value);
      }
      document.body.className = bodyClass;
      document.body.dataset.vscodeThemeKind = kind;
      document.body.dataset.vscodeThemeId = id;
    }, themes[theme]);
  }

  /** Policy violations, uncaught errors, and console errors and warnings; should be empty. */
  async problems(): Promise<string[]> {
    const violations = await this.page.evaluate(
      () => (window as RecordedWindow & typeof globalThis).recorder.violations,
    );
    return [...violations, ...this.errors];
  }

  async screenshot(theme: string, name: string): Promise<void> {
    await this.page.screenshot({ path: screenshotPath(theme, name) });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
