/** What a terminal can show: colour, width, bars. Plain text where it cannot. */
import { styleText } from "node:util";
import type { Markdown } from "../words/escape/markdown.ts";
import { type Html, type TerminalText, terminal } from "../words/escape/sinks.ts";
import { shortened } from "../words/names.ts";

export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** A place to print: its width in columns and whether it takes colour. */
export interface Screen {
  readonly columns: number;
  readonly interactive: boolean;
  paint(style: Style, text: TerminalText): TerminalText;
}

/** What a stream can show. NO_COLOR and a dumb terminal are respected; a pipe gets plain text of 80 columns. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  const interactive = stream.isTTY === true && process.env.TERM !== "dumb";
  const forced = process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== "0";
  const colour = (interactive && !process.env.NO_COLOR) || forced;
  return {
    columns: interactive ? Math.max(20, stream.columns || 80) : 80,
    interactive,
    paint: (style, text) =>
      colour && text ? (styleText(style, text, { validateStream: false }) as TerminalText) : text,
  };
}

/** Columns that text takes, colours left out; wide characters count twice. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(stripStyle(text))) {
    width +=
      /\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/u.test(
        segment,
      )
        ? 2
        : 1;
  }
  return width;
}

/** Columns of the widest text. */
export function widest(texts: readonly TerminalText[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
}

const styleSequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

function stripStyle(text: string): string {
  return text.replaceAll(styleSequence, "");
}

/** What all that is printed passes through. Spaces kept lines from breaking; printed, they are such as `grep` finds. */
export function print(stream: NodeJS.WriteStream, text: TerminalText): void {
  stream.write(text.replaceAll("\u00a0", " "));
}

/** Prints a document as it is: what goes into a file, or to a program that reads it. */
export function printDocument(stream: NodeJS.WriteStream, text: Html | Markdown): void {
  stream.write(text);
}

export function padEnd(text: TerminalText, width: number): TerminalText {
  return terminal`${text}${spaces(width - widthOf(text))}`;
}

export function padStart(text: TerminalText, width: number): TerminalText {
  return terminal`${spaces(width - widthOf(text))}${text}`;
}

function spaces(count: number): TerminalText {
  return terminal.text(" ".repeat(Math.max(0, count)));
}

/** The text cut to a width, with an ellipsis where something is missing. */
export function clip(text: TerminalText, width: number): TerminalText {
  if (widthOf(text) <= width) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…` as TerminalText;
}

/** Names cut to a width, at their ends; in their middles where two would look alike then. */
export function clipNames(names: readonly TerminalText[], width: number): TerminalText[] {
  const cut = names.map((name) => clip(name, width));
  if (new Set(cut).size === new Set(names).size) return cut;
  // Letters that take two columns may still make it too long.
  return names.map((name) => clip(terminal.text(shortened(name, width)), width));
}

/** A share as a bar of `width` columns. */
export function bar(share: number, width: number): TerminalText {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return terminal.text("━".repeat(full) + "─".repeat(width - full));
}

/** A share before and after in one bar: what stayed, what was won, what was lost; told apart by shape, too. */
export function changeBar(before: number, after: number, width: number, { paint }: Screen): TerminalText {
  const cells = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * width);
  const drawn = (sign: string, count: number) => terminal.text(sign.repeat(count));
  const [from, to] = [cells(before), cells(after)];
  const stayed = drawn("█", Math.min(from, to));
  const moved = to > from ? paint("green", drawn("▓", to - from)) : paint("red", drawn("░", from - to));
  return terminal`${stayed}${moved}${paint("dim", drawn("·", width - Math.max(from, to)))}`;
}

/** Lines no wider than `width`, broken at spaces; continued lines are indented by `indent`. */
export function wrap(text: TerminalText, width: number, indent = 0): TerminalText[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const next = line === "" ? word : `${line} ${word}`;
    if (widthOf(next) > width && line !== "") {
      lines.push(line);
      line = " ".repeat(indent) + word;
    } else line = next;
  }
  return [...lines, line] as TerminalText[];
}
