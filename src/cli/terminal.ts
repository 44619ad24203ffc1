/** What a terminal can show: colour, width, bars. Plain text where it cannot. */
import { styleText } from "node:util";

export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** A place to print: its width in columns and whether it takes colour. */
export interface Screen {
  readonly columns: number;
  readonly interactive: boolean;
  paint(style: Style, text: string): string;
}

/** What a stream can show. NO_COLOR and a dumb terminal are respected; a pipe gets plain text of 80 columns. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  const interactive = stream.isTTY === true && process.env.TERM !== "dumb";
  const forced = process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== "0";
  const colour = (interactive && !process.env.NO_COLOR) || forced;
  return {
    columns: interactive ? Math.max(20, stream.columns || 80) : 80,
    interactive,
    paint: (style, text) => (colour && text ? styleText(style, text, { validateStream: false }) : text),
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

const styleSequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

function stripStyle(text: string): string {
  return text.replaceAll(styleSequence, "");
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - widthOf(text))) + text;
}

/** The text cut to a width, with an ellipsis where something is missing. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** A share as a bar of `width` columns. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return "━".repeat(full) + "─".repeat(width - full);
}

/** A share before and after in one bar: what stayed, what was won, what was lost; told apart by shape, too. */
export function changeBar(before: number, after: number, width: number, { paint }: Screen): string {
  const cells = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * width);
  const [from, to] = [cells(before), cells(after)];
  const stayed = Math.min(from, to);
  const rest = width - Math.max(from, to);
  const moved = to > from ? paint("green", "▓".repeat(to - from)) : paint("red", "░".repeat(from - to));
  return "█".repeat(stayed) + moved + paint("dim", "·".repeat(rest));
}

/** Lines no wider than `width`, broken at spaces; continued lines are indented by `indent`. */
export function wrap(text: string, width: number, indent = 0): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const next = line === "" ? word : `${line} ${word}`;
    if (widthOf(next) > width && line !== "") {
      lines.push(line);
      line = " ".repeat(indent) + word;
    } else line = next;
  }
  return [...lines, line];
}
