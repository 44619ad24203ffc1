/** A VS Code window in Chromium, and what a user does in it. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BrowserContext, Frame, Locator, Page } from "playwright-core";
import { windowAddress } from "../../../scripts/vscode/server.ts";
import { screenshotPath } from "../../support/chromium.ts";
import { type ThemeName, themes } from "../../support/themes.ts";
import { keptEditors } from "./openEditors.ts";
import type { ServerForTests } from "./serve.ts";
import { until } from "./until.ts";

export interface WindowOptions {
  readonly theme?: ThemeName;
  /** Ask whether the workspace is trusted, and open it untrusted. */
  readonly untrusted?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Folder of an extension that this window loads besides. */
  readonly besides?: string;
  /** More settings of the user. */
  readonly settings?: Record<string, unknown>;
}

/** A window without greetings, and with nothing in it that asks the network. */
const quietSettings = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "workbench.editor.empty.hint": "hidden",
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** Says what is wrong with the pages themselves: VS Code's own page logs much that is not about us. */
function isAboutUs(text: string, from: string): boolean {
  if (/Content.Security.Policy|Refused to/i.test(text)) return /webview|selmix/i.test(`${text} ${from}`);
  return /selmix/i.test(from) || /selmix\.selmix/i.test(text);
}

export class Window {
  readonly page: Page;
  readonly target: string;
  /** Console errors, uncaught errors and policy violations of the extension's webviews and of the extension itself. */
  readonly problems: string[] = [];
  private readonly address: string;
  /** What a page that goes still asks for fails, and is nobody's fault. */
  private closing = false;

  private constructor(page: Page, address: string, target: string) {
    this.page = page;
    this.address = address;
    this.target = target;
    page.on("console", (message) => {
      if (this.closing) return;
      const text = message.text();
      if (message.type() === "error" && isAboutUs(text, message.location().url)) this.problems.push(text);
    });
    page.on("pageerror", (error) => {
      if (!this.closing && isAboutUs(error.message, error.stack ?? "")) this.problems.push(error.message);
    });
  }

  /**
   * Opens a folder or a .code-workspace file in a window of its own and waits until VS Code is there. Windows of one
   * context share what the browser has loaded already, and nothing about their workspaces.
   */
  static async open(
    context: BrowserContext,
    server: ServerForTests,
    target: string,
    options: WindowOptions = {},
  ): Promise<Window> {
    const settings = {
      ...quietSettings,
      "security.workspace.trust.enabled": options.untrusted ?? false,
      "security.workspace.trust.startupPrompt": "never",
      "security.workspace.trust.banner": "never",
      ...options.settings,
    };
    writeFileSync(server.settingsFile, JSON.stringify(settings));
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.setViewportSize({ width: options.width ?? 1280, height: options.height ?? 860 });
    const address = windowAddress(
      { url: server.url, token: undefined },
      target,
      options.besides ?? server.development ?? undefined,
    );
    const window = new Window(page, address, target);
    window.chooseTheme(options.theme ?? "dark");
    await window.load();
    return window;
  }

  /** VS Code's page sometimes stands still while it loads; a user would load it again. */
  private async load(): Promise<void> {
    const look = async () => {
      if (this.page.url() === this.address) await this.page.reload({ waitUntil: "commit" });
      else await this.page.goto(this.address, { waitUntil: "commit" });
      await this.page.locator(".statusbar-item").first().waitFor({ timeout: 30_000 });
      return true;
    };
    await until("VS Code to load", look, 100_000);
  }

  /** Writes the theme into the workspace's own settings; VS Code follows at once. */
  private chooseTheme(theme: ThemeName): void {
    if (this.target.endsWith(".code-workspace")) return;
    const folder = path.join(this.target, ".vscode");
    mkdirSync(folder, { recursive: true });
    const setting = { "workbench.colorTheme": themes[theme].id };
    writeFileSync(path.join(folder, "settings.json"), JSON.stringify(setting));
  }

  /** Changes the theme of the open window and waits until it shows. */
  async setTheme(theme: ThemeName): Promise<void> {
    this.chooseTheme(theme);
    const name = themes[theme].kind.replace("vscode-high-contrast", "hc").replace("vscode-", "vs-");
    const wanted = { "vs-light": ".vs", "vs-dark": ".vs-dark", hc: ".hc-black", "hc-light": ".hc-light" }[
      name
    ];
    await this.page.locator(`.monaco-workbench${wanted}`).waitFor();
  }

  /** What VS Code calls the theme. */
  themeId(theme: ThemeName): string {
    return themes[theme].id;
  }

  /** Opens the palette with `text` in it; a key that was lost, while a page still loads, is pressed again. */
  private async palette(text: string): Promise<void> {
    const box = this.page.locator(".quick-input-widget:visible input[type=text]").first();
    await until("the palette", async () => {
      await this.page.keyboard.press("Escape");
      await this.page.keyboard.press("F1");
      await box.fill(`>${text}`, { timeout: 2000 });
      return true;
    });
  }

  /** Runs a command by the name the palette shows; waits until the extension has brought it. */
  async command(title: string): Promise<void> {
    const entry = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    await until(`the command "${title}"`, async () => {
      await this.palette(title);
      await entry.click({ timeout: 2000 });
      return true;
    });
  }

  /** Whether the palette offers a command now. */
  async offers(title: string): Promise<boolean> {
    await this.palette(title);
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await rows.first().waitFor();
    const found = await rows.filter({ hasText: title }).count();
    await this.page.keyboard.press("Escape");
    return found > 0;
  }

  /** The quick pick or input box that is open. */
  get quickInput(): Locator {
    return this.page.locator(".quick-input-widget:visible");
  }

  /** Chooses the first entry of the open quick pick that contains `text`. */
  async pick(text: string | RegExp): Promise<void> {
    const row = this.quickInput.locator(".monaco-list-row", { hasText: text }).first();
    await row.click({ timeout: 20_000 });
  }

  /** Fills the open input box and accepts it. */
  async enter(text: string): Promise<void> {
    const box = this.quickInput.locator("input[type=text]").first();
    await box.fill(text);
    await box.press("Enter");
  }

  /** Answers VS Code's own file dialog, which writes its proposal into the box some time after it has opened. */
  async chooseFile(file: string): Promise<void> {
    const box = this.quickInput.locator("input[type=text]").first();
    await until("the file dialog to propose a file", async () => path.extname(await box.inputValue()) !== "");
    await this.enter(file);
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator(".statusbar-item", { hasText: text }).first();
  }

  /** Waits for a notification that contains `text`: as a toast, or among those that have gone to the bell. */
  async notification(text: string | RegExp): Promise<Locator> {
    const anywhere =
      ".notifications-toasts .notification-list-item, .notifications-center .notification-list-item";
    const item = this.page.locator(anywhere, { hasText: text }).first();
    await until(`the notification "${text}"`, async () => {
      if (await item.isVisible()) return true;
      const centre = this.page.locator(".notifications-center.visible");
      if (await centre.isVisible()) return false;
      await this.page.locator(".statusbar-item .codicon-bell-dot").click({ timeout: 2000 });
      // Away from the bell, whose hover would lie over the buttons.
      await this.page.mouse.move(640, 300);
      return false;
    });
    return item;
  }

  /** Presses a button of a notification; a hover that came late and lies over it goes when the mouse moves. */
  async answer(notification: Locator, name: string): Promise<void> {
    await until(`the button "${name}"`, async () => {
      await this.page.mouse.move(640, 300);
      await this.page.mouse.move(600, 280);
      await notification.getByRole("button", { name }).click({ timeout: 2000 });
      return true;
    });
  }

  /** Opens the extension's own side bar. */
  async openSideBar(): Promise<void> {
    const icon = this.page
      .locator(".activitybar .action-item", { has: this.page.getByLabel(/^SelMix/) })
      .first();
    const view = this.page.locator(".composite.viewlet .pane-header", { hasText: "Runs" });
    await icon.waitFor();
    await until("SelMix's side bar", async () => {
      if (await view.isVisible()) return true;
      // Of a window that is being restored the click may close what has just come.
      await icon.click();
      return view.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    });
  }

  /** A row of one of the trees in the side bar. */
  row(view: string, text: string | RegExp): Locator {
    return this.rows(view).filter({ hasText: text }).first();
  }

  rows(view: string): Locator {
    const pane = this.page.locator(".pane", { has: this.page.locator(".pane-header", { hasText: view }) });
    return pane.locator(".monaco-list-row");
  }

  /** The content of a webview of ours, found by the test id in it. */
  async webview(testId: string, limit?: number): Promise<Frame> {
    const look = async () => {
      for (const frame of this.page.frames()) {
        if (!frame.url().includes("fake.html")) continue;
        if ((await frame.getByTestId(testId).count()) > 0) return frame;
      }
      return null;
    };
    return until(`the webview "${testId}"`, look, limit);
  }

  /** Opens a panel of the run of `checkpoint`; asks again when a click went astray while the window was busy. */
  async panel(name: "Gain" | "Recall", checkpoint: string): Promise<Frame> {
    const look = async () => {
      await this.command(`SelMix: Show ${name}`);
      await this.pick(checkpoint);
      return this.webview(`selmix-${name.toLowerCase()}`, 10_000);
    };
    return until(`the ${name} panel`, look, 120_000);
  }

  /** Brings an open tab to the front. */
  async tab(title: string): Promise<void> {
    await this.page.locator(".tab", { hasText: title }).first().click();
    await this.page.locator(".tab.active", { hasText: title }).first().waitFor();
  }

  /** Accepts what is ticked in a quick pick, whatever that is. */
  async acceptOne(): Promise<void> {
    await this.quickInput.getByRole("button", { name: "OK" }).click({ timeout: 20_000 });
  }

  /** Accepts a quick pick of several entries. */
  async acceptPicks(): Promise<void> {
    const box = this.quickInput;
    await box.locator(".monaco-list-row").nth(1).waitFor();
    await until("the picks to be accepted", async () => {
      if (await box.isVisible()) await box.getByRole("button", { name: "OK" }).click({ timeout: 2000 });
      return !(await box.isVisible());
    });
  }

  /** The text of the open editor's problems, as the Problems panel lists them. */
  async problemsPanel(): Promise<string> {
    await this.command("View: Focus Problems");
    const panel = this.page.locator(".markers-panel-container");
    await panel.waitFor();
    return (await panel.textContent()) ?? "";
  }

  /**
   * Loads the window again, once it has lost the focus, which is when VS Code writes down what is open in it. Where the
   * focus is in a webview, the window has to get it back first: it has none to lose. Nothing changes where it has been written before.
   */
  async reload(): Promise<void> {
    const before = await this.page.evaluate(keptEditors);
    await this.page.evaluate(() => {
      window.dispatchEvent(new Event("focus"));
      document.hasFocus = () => false;
      window.dispatchEvent(new Event("blur"));
    });
    const isWritten = async () => (await this.page.evaluate(keptEditors)) !== before;
    await until("what is open to be written down", isWritten, 10_000).catch(() => undefined);
    await this.load();
  }

  /** Loads the window again as it stands. */
  async reloadAtOnce(): Promise<void> {
    await this.load();
  }

  /** Takes a picture of the window, with no hover of what a test clicked last. */
  async screenshot(theme: ThemeName, name: string): Promise<void> {
    await this.page.mouse.move(640, 600);
    await this.page.screenshot({ path: screenshotPath(theme, name) });
  }

  /** What the window shows when a test fails: .cache/screenshots/failed/<test>.png. */
  async keepPicture(test: string): Promise<void> {
    await this.page.screenshot({ path: screenshotPath("failed", test.replace(/[^\w]+/g, "-").slice(0, 60)) });
  }

  /** Closes the window as a user does, so that its extension host ends at once. */
  async close(): Promise<void> {
    this.closing = true;
    await this.page.goto("about:blank").catch(() => undefined);
    await this.page.close();
  }
}
