/** Pictures on paper: light, of one width, and the same wherever they are drawn. Pure. */
import type { Html } from "../../words/escape/sinks.ts";
import { makePalette } from "../shared/palette.ts";
import type { Picture } from "../shared/picture.ts";
import type { Frame, Raster } from "../shared/scene.ts";
import { pictureToSvg } from "../shared/sceneToSvg.ts";

/** Ink on paper; the names are those of theme variables. */
const paper: Readonly<Record<string, string>> = {
  "editor-background": "#ffffff",
  "editor-foreground": "#1f1f1f",
  descriptionForeground: "#5a5a5a",
  "charts-blue": "#1a66d6",
  "charts-orange": "#c2620a",
  "charts-green": "#2f7d32",
  "charts-red": "#c62828",
  "charts-purple": "#6d3fa8",
  "charts-yellow": "#9a7400",
  "editorWarning-foreground": "#a86b00",
  "font-family": "system-ui, sans-serif",
  "font-size": "13px",
};
export const paperPalette = makePalette("light", (name) => paper[name] ?? "");

/**
 * Widths of characters in shares of the font size, a little above those of the usual sans-serif fonts: who opens a report has a
 * font of their own, and nothing may run over.
 */
const widths: readonly (readonly [RegExp, number])[] = [
  [/[ijlI.,:;'|!\u202f\u00a0 ]/, 0.3],
  [/[frt()[\]/\\"*-]/, 0.4],
  [/[mwMW%@→]/, 0.95],
  [/[A-Z&+=<>−±≥≤~]/, 0.72],
  [/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/, 1],
  [/\p{Extended_Pictographic}/u, 1.3],
];
const usualWidth = 0.58;

function widthOf(text: string): number {
  let width = 0;
  for (const character of text)
    width +=
      widths.find(([kind]) => kind.test(character))?.[1] ?? (/\p{M}/u.test(character) ? 0 : usualWidth);
  return width;
}

const frame: Frame = {
  width: 880,
  fontSize: paperPalette.fontSize,
  measure: (text) => widthOf(text) * paperPalette.fontSize,
};

/** Cells of a raster as a `data:` address of a picture: browsers and Node each have their own way to make one. */
export type Encode = (raster: Raster) => string;

/** A picture as an SVG element. */
export function onPaper(picture: Picture, encode: Encode): Html {
  return pictureToSvg(picture, frame, { css: paperPalette.css, palette: paperPalette, encode });
}
