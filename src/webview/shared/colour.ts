/** Colours as numbers: parsing what themes hold, contrast (WCAG 2), and mixing in Oklab (Ottosson 2020) so that ramps look even. */

/** Red, green, blue in 0..255 and alpha in 0..1. */
export type Rgb = readonly [number, number, number, number];

/** Reads #rgb, #rgba, #rrggbb, #rrggbbaa, rgb() and rgba(); null for anything else. */
export function parseColour(text: string): Rgb | null {
  const value = text.trim();
  const hex = /^#([0-9a-f]{3,8})$/i.exec(value)?.[1];
  if (hex !== undefined) {
    const full = hex.length <= 4 ? [...hex].map((digit) => digit + digit).join("") : hex;
    if (full.length !== 6 && full.length !== 8) return null;
    const part = (at: number) => Number.parseInt(full.slice(at, at + 2), 16);
    return [part(0), part(2), part(4), full.length === 8 ? part(6) / 255 : 1];
  }
  const inner = /^rgba?\(([^)]+)\)$/i.exec(value)?.[1];
  if (inner === undefined) return null;
  const parts = inner.split(/[\s,/]+/).filter((part) => part !== "");
  const [r = Number.NaN, g = Number.NaN, b = Number.NaN, a = 1] = parts.map((part, index) =>
    part.endsWith("%") ? (Number.parseFloat(part) / 100) * (index < 3 ? 255 : 1) : Number.parseFloat(part),
  );
  return [r, g, b, a].every(Number.isFinite) ? [r, g, b, a] : null;
}

/** The colour as CSS understands it. */
export function cssColour([r, g, b, a]: Rgb): string {
  const whole = `${Math.round(r)}, ${Math.round(g)}, ${Math.round(b)}`;
  return a >= 1 ? `rgb(${whole})` : `rgba(${whole}, ${Number(a.toFixed(3))})`;
}

/** `colour` as it looks when laid over an opaque `under`. */
export function over(colour: Rgb, under: Rgb): Rgb {
  const blend = (at: 0 | 1 | 2) => colour[at] * colour[3] + under[at] * (1 - colour[3]);
  return [blend(0), blend(1), blend(2), 1];
}

const toLinear = (channel: number) => {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};
const fromLinear = (c: number) =>
  255 * (c <= 0.0031308 ? 12.92 * Math.max(0, c) : 1.055 * Math.min(1, c) ** (1 / 2.4) - 0.055);

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * toLinear(r) + 0.7152 * toLinear(g) + 0.0722 * toLinear(b);
}

/** Contrast ratio of two opaque colours, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const a = luminance(one);
  const b = luminance(other);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

type Lab = readonly [number, number, number];

function toOklab([r8, g8, b8]: Rgb): Lab {
  const [r, g, b] = [toLinear(r8), toLinear(g8), toLinear(b8)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([L, a, b]: Lab): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
    1,
  ];
}

/** A share `t` (0..1) of the way from one opaque colour to another. */
export function mix(from: Rgb, to: Rgb, t: number): Rgb {
  const a = toOklab(from);
  const b = toOklab(to);
  const at = (i: 0 | 1 | 2) => a[i] + (b[i] - a[i]) * t;
  return fromOklab([at(0), at(1), at(2)]);
}

/** Moves `colour` towards `ink` until it stands out from `paper` by `ratio`. */
export function readable(colour: Rgb, paper: Rgb, ink: Rgb, ratio: number): Rgb {
  for (let t = 0; t < 1; t += 0.1) {
    const candidate = mix(colour, ink, t);
    if (contrast(candidate, paper) >= ratio) return candidate;
  }
  return ink;
}
