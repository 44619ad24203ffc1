/** Nothing in a text acts or hides: what would move a cursor, turn a line around or not be seen at all is spelled out. */

/**
 * Controls, ends of lines, halves of surrogate pairs, and what Unicode says may be drawn as nothing: zero-width characters,
 * marks and overrides of direction, tags. Not variation selectors, which choose how a sign looks, and not joiners between
 * letters beyond Latin ones and between parts of an emoji, where they are spelling.
 */
const hidden =
  /(?!(?<=[^\p{ASCII}\u0080-\u024f\p{C}\p{DI}]|\ufe0f)[\u200c\u200d](?=[^\p{ASCII}\u0080-\u024f\p{C}\p{DI}]))(?:[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufff9-\ufffb]|(?![\ufe00-\ufe0f])\p{DI})/gu;

/** What `named` sets apart: nothing within turns anything around outside, as long as nothing within ends it. */
const setApart = /\u2068([^\u2066-\u2069\u202a-\u202e\u200e\u200f\u061c\n\r]*)\u2069/g;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** "\n" is spelled \n, a right-to-left override \u{202e}. */
function spell(text: string): string {
  return text.replace(
    hidden,
    (character) => short[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** The text with everything in sight; what `named` set apart stays so. */
export function visible(text: string): string {
  let from = 0;
  let out = "";
  for (const { 0: whole, 1: inner = "", index } of text.matchAll(setApart)) {
    out += `${spell(text.slice(from, index))}\u2068${spell(inner)}\u2069`;
    from = index + whole.length;
  }
  return out + spell(text.slice(from));
}

/** The same of a text of several lines, which stay lines. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

/** JSON of the same value, with everything in sight, for whoever prints it. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(hidden, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
