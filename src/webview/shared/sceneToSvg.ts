/** Writes a scene as SVG text. Pure: cells become an image through the `encode` that is passed in. */
import type { Paint, Palette } from "./palette.ts";
import { type Item, outline, type Raster, textPaint } from "./scene.ts";

/** How a scene becomes SVG. `css` may hold colours or `var(--name)`. */
export interface SvgOptions {
  readonly css: Readonly<Record<Paint, string>>;
  readonly palette: Palette;
  /** A `data:` address of the cells as a picture. */
  readonly encode: (raster: Raster) => string;
  readonly title: string;
  readonly description: string;
}

/** Escapes a text for XML and HTML. */
export function escapeXml(content: string): string {
  return content.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const n = (value: number) => String(Number(value.toFixed(2)));

function pairs(points: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i + 1 < points.length; i += 2) parts.push(`${n(points[i] ?? 0)},${n(points[i + 1] ?? 0)}`);
  return parts.join(" ");
}

function itemToSvg(item: Item, options: SvgOptions): string {
  const { css, palette } = options;
  switch (item.kind) {
    case "rect": {
      const stroke = item.stroke === null ? "" : ` stroke="${css[item.stroke]}"`;
      return `<rect x="${n(item.x)}" y="${n(item.y)}" width="${n(item.width)}" height="${n(item.height)}" rx="${n(item.radius)}" fill="${item.fill === null ? "none" : css[item.fill]}"${stroke} opacity="${n(item.opacity)}"/>`;
    }
    case "line": {
      const dash = item.dash.length === 0 ? "" : ` stroke-dasharray="${item.dash.map(n).join(" ")}"`;
      return `<polyline points="${pairs(item.points)}" fill="none" stroke="${css[item.paint]}" stroke-width="${n(item.width)}"${dash} opacity="${n(item.opacity)}" stroke-linejoin="round"/>`;
    }
    case "mark": {
      const look = `fill="${item.fill === null ? "none" : css[item.fill]}" stroke="${css[item.stroke]}" stroke-width="${n(item.width)}"`;
      return item.shape === "circle"
        ? `<circle cx="${n(item.x)}" cy="${n(item.y)}" r="${n(item.radius)}" ${look}/>`
        : `<polygon points="${pairs(outline(item.shape, item.x, item.y, item.radius))}" ${look}/>`;
    }
    case "raster":
      return `<image x="${n(item.x)}" y="${n(item.y)}" width="${n(item.width)}" height="${n(item.height)}" preserveAspectRatio="none" image-rendering="pixelated" href="${options.encode(item.raster(palette))}"/>`;
    case "text": {
      const turn = item.turn === 0 ? "" : ` transform="rotate(${n(item.turn)} ${n(item.x)} ${n(item.y)})"`;
      return `<text x="${n(item.x)}" y="${n(item.y)}" dominant-baseline="central" xml:space="preserve" text-anchor="${item.anchor}" fill="${css[textPaint(item, palette)]}" font-size="${n(palette.fontSize * item.size)}"${item.bold ? ' font-weight="600"' : ""}${turn}>${escapeXml(item.text)}</text>`;
    }
  }
}

/** The whole picture as one SVG element that stands alone. */
export function sceneToSvg(
  items: readonly Item[],
  width: number,
  height: number,
  options: SvgOptions,
): string {
  const size = `width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}"`;
  const font = escapeXml(options.palette.fontFamily);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${font}" role="img">`,
    `<title>${escapeXml(options.title)}</title><desc>${escapeXml(options.description)}</desc>`,
    `<rect width="100%" height="100%" fill="${options.css.background}"/>`,
    ...items.map((item) => itemToSvg(item, options)),
    "</svg>",
  ].join("\n");
}
