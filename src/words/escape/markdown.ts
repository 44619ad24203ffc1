/** Markdown as model hubs and editors render it, HTML, links and formulas included. */
import { type Safe, writer } from "./safe.ts";
import { visible } from "./visible.ts";

export type Markdown = Safe<"markdown">;

/**
 * A text stays one line, and in a table one cell. Tags and links are broken for readers, too, that take HTML or brackets without
 * looking for the backslash before them.
 */
export const markdown = writer<"markdown">((raw) =>
  visible(raw)
    .replace(/[\\`*_[\]|~&$]|(?<=\])\(/g, "\\$&")
    .replaceAll("<", "&lt;")
    .replace(/^\s*(?:[-=#>]|\+(?=\s|$)|\d+(?=[.)](?:\s|$)))/, (start) => start.replace(/\D?$/, "\\$&"))
    .replace(/:(?=\/\/)|(?<=\bwww)\./gi, "\\$&"),
);

/** A name in the type of code. Its fence is longer than any in it; a table takes a bar for its own even there. */
export function code(name: string): Markdown {
  const text = visible(name);
  const longest = (text.match(/`+/g) ?? []).reduce((most, { length }) => Math.max(most, length), 0);
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 ? " " : "";
  return `${fence}${space}${text.replaceAll("|", "\\|")}${space}${fence}` as Markdown;
}

/** A table; all but its first column are numbers. */
export function markdownTable(head: readonly Markdown[], rows: readonly (readonly Markdown[])[]): Markdown {
  const rule = head.map((_, index) => (index === 0 ? markdown`---` : markdown`---:`));
  const lines = [head, rule, ...rows].map((cells) => markdown`| ${markdown.join(cells, markdown` | `)} |`);
  return markdown.join(lines, markdown`\n`);
}
