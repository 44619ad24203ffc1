/** Writes a scene as SVG text. Pure: cells become an image through the `encode` that is passed in. */
import { type Html, html } from "../../words/escape/sinks.ts";
import type { Paint, Palette } from "./palette.ts";
import type { Picture } from "./picture.ts";
import { type Frame, type Item, outline, type Raster, textPaint } from "./scene.ts";

/** How a scene becomes SVG. `css` may hold colours or `var(--name)`. */
export interface SvgOptions {
  readonly css: Readonly<Record<Paint, string>>;
  readonly palette: Palette;
  /** A `data:` address of the cells as a picture. */
  readonly encode: (raster: Raster) => string;
  readonly title: string;
  readonly description: string;
}

const n = (value: number) => Number(value.toFixed(2));
const { text } = html;

function pairs(points: readonly number[]): Html {
  const parts: Html[] = [];
  for (let i = 0; i + 1 < points.length; i += 2) {
    parts.push(html`${n(points[i] ?? 0)},${n(points[i + 1] ?? 0)}`);
  }
  return html.join(parts, html` `);
}

function itemToSvg(item: Item, { css, palette, encode }: SvgOptions): Html {
  const colour = (paint: Paint | null) => (paint === null ? html`none` : text(css[paint]));
  switch (item.kind) {
    case "rect": {
      const stroke = item.stroke === null ? html`` : html` stroke="${colour(item.stroke)}"`;
      return html`<rect x="${n(item.x)}" y="${n(item.y)}" width="${n(item.width)}" height="${n(item.height)}" rx="${n(item.radius)}" fill="${colour(item.fill)}"${stroke} opacity="${n(item.opacity)}"/>`;
    }
    case "line": {
      const dash =
        item.dash.length === 0 ? html`` : html` stroke-dasharray="${text(item.dash.map(n).join(" "))}"`;
      return html`<polyline points="${pairs(item.points)}" fill="none" stroke="${colour(item.paint)}" stroke-width="${n(item.width)}"${dash} opacity="${n(item.opacity)}" stroke-linejoin="round"/>`;
    }
    case "area":
      return html`<polygon points="${pairs(item.points)}" fill="${colour(item.fill)}" opacity="${n(item.opacity)}"/>`;
    case "mark": {
      const look = html`fill="${colour(item.fill)}" stroke="${colour(item.stroke)}" stroke-width="${n(item.width)}"`;
      return item.shape === "circle"
        ? html`<circle cx="${n(item.x)}" cy="${n(item.y)}" r="${n(item.radius)}" ${look}/>`
        : html`<polygon points="${pairs(outline(item.shape, item.x, item.y, item.radius))}" ${look}/>`;
    }
    case "raster":
      return html`<image x="${n(item.x)}" y="${n(item.y)}" width="${n(item.width)}" height="${n(item.height)}" preserveAspectRatio="none" image-rendering="pixelated" href="${text(encode(item.raster(palette)))}"/>`;
    case "text": {
      const turn =
        item.turn === 0 ? html`` : html` transform="rotate(${n(item.turn)} ${n(item.x)} ${n(item.y)})"`;
      return html`<text x="${n(item.x)}" y="${n(item.y)}" dominant-baseline="central" xml:space="preserve" text-anchor="${text(item.anchor)}" fill="${colour(textPaint(item, palette))}" font-size="${n(palette.fontSize * item.size)}"${item.bold ? html` font-weight="600"` : html``}${turn}>${text(item.text)}</text>`;
    }
  }
}

/** The whole picture as one SVG element that stands alone. */
export function sceneToSvg(items: readonly Item[], width: number, height: number, options: SvgOptions): Html {
  const size = html`width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}"`;
  const parts = [
    html`<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${text(options.palette.fontFamily)}" role="img">`,
    html`<title>${text(options.title)}</title><desc>${text(options.description)}</desc>`,
    html`<rect width="100%" height="100%" fill="${text(options.css.background)}"/>`,
    ...items.map((item) => itemToSvg(item, options)),
    html`</svg>`,
  ];
  return html.join(parts, html`\n`);
}

/** A whole picture as SVG text, laid out in a frame. */
export function pictureToSvg(
  picture: Picture,
  frame: Frame,
  options: Pick<SvgOptions, "css" | "palette" | "encode">,
): Html {
  const height = picture.height(frame);
  const about = { title: picture.title, description: picture.sentence };
  return sceneToSvg(picture.build(frame, 0, height), frame.width, height, { ...options, ...about });
}
