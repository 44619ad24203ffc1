import type { TerminalText } from "../words/escape/sinks.ts";
import type { Screen } from "./terminal.ts";

/** Where a command speaks; a moving progress line steps aside for both. */
export interface Voice {
  /** The result: for --json the object, else its text. */
  result(result: object, text: (screen: Screen) => TerminalText): void;
  /** A remark, on standard error. */
  note(sentence: string): void;
}
