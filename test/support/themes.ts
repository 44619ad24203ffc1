/** VS Code's default themes, with the variables that a page sees in each. */
import themeTable from "./themes.json" with { type: "json" };

export const themeNames = ["light", "dark", "hc-dark", "hc-light"] as const;
export type ThemeName = (typeof themeNames)[number];

export const themes: Record<
  ThemeName,
  { id: string; kind: string; bodyClass: string; variables: Record<string, string> }
> = themeTable;
