/** The few colours that pictures use, by meaning. Pictures name a meaning; only the theme knows the colour. */
import { cssColour, mix, over, parseColour, type Rgb, readable } from "./colour.ts";

/** `series1` to `series6` tell runs or lines apart; the rest say what they mean. */
export const paints = [
  "background",
  "foreground",
  "muted",
  "grid",
  "border",
  "focus",
  "before",
  "after",
  "better",
  "worse",
  "warning",
  "positive",
  "negative",
  "share",
  "series1",
  "series2",
  "series3",
  "series4",
  "series5",
  "series6",
] as const;
export type Paint = (typeof paints)[number];

export type ThemeKind = "light" | "dark" | "highContrast" | "highContrastLight";

export interface Palette {
  readonly kind: ThemeKind;
  readonly rgb: Readonly<Record<Paint, Rgb>>;
  readonly css: Readonly<Record<Paint, string>>;
  readonly fontFamily: string;
  readonly fontSize: number;
}

/** Whether meaning has to show by shape and pattern, not by colour alone. */
export function isHighContrast(palette: Palette): boolean {
  return palette.kind === "highContrast" || palette.kind === "highContrastLight";
}

const white: Rgb = [255, 255, 255, 1];
const black: Rgb = [0, 0, 0, 1];

/** Theme variables by paint, first found first; the last entry is what VS Code itself falls back to. */
const sources: Partial<Record<Paint, readonly string[]>> = {
  border: ["contrastBorder", "editorWidget-border", "panel-border"],
  focus: ["focusBorder"],
  before: ["descriptionForeground"],
  after: ["charts-blue"],
  better: ["charts-green"],
  worse: ["charts-red"],
  warning: ["editorWarning-foreground", "charts-orange"],
  positive: ["charts-blue"],
  negative: ["charts-orange"],
  share: ["charts-purple"],
  series1: ["charts-blue"],
  series2: ["charts-orange"],
  series3: ["charts-green"],
  series4: ["charts-purple"],
  series5: ["charts-red"],
  series6: ["charts-yellow"],
};

const defaults: Partial<Record<Paint, Rgb>> = {
  after: [55, 148, 255, 1],
  positive: [55, 148, 255, 1],
  series1: [55, 148, 255, 1],
  better: [80, 160, 80, 1],
  series3: [80, 160, 80, 1],
  worse: [228, 60, 60, 1],
  series5: [228, 60, 60, 1],
  warning: [200, 130, 20, 1],
  negative: [209, 110, 22, 1],
  series2: [209, 110, 22, 1],
  share: [150, 100, 190, 1],
  series4: [150, 100, 190, 1],
  series6: [190, 150, 20, 1],
};

/**
 * Resolves the palette from theme variables. `variable` gives the value of `--vscode-<name>`, or an empty string.
 * Marks get a contrast of at least 3 against the background, text at least 4.5, whatever the theme says.
 */
export function makePalette(kind: ThemeKind, variable: (name: string) => string): Palette {
  const darkTheme = kind === "dark" || kind === "highContrast";
  const find = (names: readonly string[]): Rgb | null => {
    for (const name of names) {
      const colour = parseColour(variable(name));
      if (colour !== null && colour[3] > 0) return colour;
    }
    return null;
  };
  const background = over(
    find(["editor-background"]) ?? (darkTheme ? black : white),
    darkTheme ? black : white,
  );
  const foreground = over(
    find(["editor-foreground", "foreground"]) ?? (darkTheme ? white : black),
    background,
  );
  const high = kind === "highContrast" || kind === "highContrastLight";
  const resolve = (paint: Paint): Rgb => {
    if (paint === "background") return background;
    if (paint === "foreground") return foreground;
    if (paint === "grid") return mix(background, foreground, high ? 0.35 : 0.14);
    const found =
      find(sources[paint] ?? ["descriptionForeground"]) ??
      defaults[paint] ??
      mix(background, foreground, 0.6);
    const opaque = over(found, background);
    if (paint === "border") return opaque;
    const text = paint === "muted" || paint === "better" || paint === "worse" || paint === "warning";
    return readable(opaque, background, foreground, high ? 7 : text ? 4.5 : 3);
  };
  const rgb = Object.fromEntries(paints.map((paint) => [paint, resolve(paint)])) as Record<Paint, Rgb>;
  const css = Object.fromEntries(paints.map((paint) => [paint, cssColour(rgb[paint])])) as Record<
    Paint,
    string
  >;
  const size = Number.parseFloat(variable("font-size"));
  return {
    kind,
    rgb,
    css,
    fontFamily: variable("font-family") || "sans-serif",
    fontSize: Number.isFinite(size) ? size : 13,
  };
}
