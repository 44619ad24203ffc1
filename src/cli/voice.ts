import type { Markdown } from "../words/escape/markdown.ts";
import type { Html, TerminalText } from "../words/escape/sinks.ts";
import type { Screen } from "./terminal.ts";

/** Where a command speaks; a moving progress line steps aside for both. */
export interface Voice {
  /** The result: for --json the object, else its text. */
  result(result: object, text: (screen: Screen) => TerminalText): void;
  /** The result as a line of JSON, whether or not --json was typed. */
  json(result: object): void;
  /** The result as a document, whatever --json says. */
  document(text: Html | Markdown): void;
  /** A remark, on standard error. */
  note(sentence: string): void;
}
