/** The theme of the window the panel lives in, read again whenever it changes. */
import { makePalette, type Palette, type ThemeKind } from "./palette.ts";

function themeKind(): ThemeKind {
  const classes = document.body.classList;
  if (classes.contains("vscode-high-contrast-light")) return "highContrastLight";
  if (classes.contains("vscode-high-contrast")) return "highContrast";
  return classes.contains("vscode-light") ? "light" : "dark";
}

/** Resolves the theme's colours now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return makePalette(themeKind(), (name) => style.getPropertyValue(`--vscode-${name}`).trim());
}

/** Calls `changed` after each change of theme: VS Code changes the body's classes and the root's variables. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
}

/** Whether things may move by themselves. */
export function prefersReducedMotion(): boolean {
  return (
    document.body.classList.contains("vscode-reduce-motion") ||
    matchMedia("(prefers-reduced-motion: reduce)").matches
  );
}
