/** VS Code's own terminal, and what a user types there. */
import { until } from "./until.ts";
import type { Window } from "./window.ts";

/** With this a terminal's text stands in the page, where it can be read. */
export const terminalSettings = { "terminal.integrated.gpuAcceleration": "off" };

/** Opens a terminal in the workspace's folder. */
export function openTerminal(window: Window): Promise<void> {
  return window.command("Terminal: Create New Terminal");
}

/** Types a line once the shell asks for one, and presses Enter. */
export async function typeInTerminal(window: Window, line: string): Promise<void> {
  const terminal = window.page.locator(".terminal-wrapper.active");
  await until("the shell's prompt", async () => {
    const rows = await terminal.locator(".xterm-rows > div").allTextContents();
    return /[#$]\s*$/.test(rows.join("").replaceAll("\u00a0", " "));
  });
  await terminal.locator("textarea").focus();
  await window.page.keyboard.insertText(line);
  await window.page.keyboard.press("Enter");
}
