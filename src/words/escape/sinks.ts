/** Where words go, and what each place would take for a command: one writer a sink. */
import { type Safe, writer } from "./safe.ts";
import { visible, visibleJson } from "./visible.ts";

export type TerminalText = Safe<"terminal">;
export type NotificationText = Safe<"notification">;
export type LabelText = Safe<"label">;
export type Html = Safe<"html">;
export type CsvText = Safe<"csv">;

/** Nobody reads more of a notification; a longer one hides its buttons. */
const longestNotification = 400;

/** A terminal: no escape sequences, and of typography only what fonts there have. */
export const terminal = writer<"terminal">((raw) =>
  visible(raw)
    .replace(/[\u2068\u2069]/g, "")
    .replaceAll("\u202f", "\u00a0")
    .replaceAll("−", "-"),
);

/** Lines for a terminal. */
export function terminalLines(lines: readonly TerminalText[]): TerminalText {
  return terminal.join(
    lines.map((line) => terminal`${line}\n`),
    terminal``,
  );
}

/** A value for a program that reads it, which a terminal may show as well: a line of JSON. */
export function terminalJson(value: unknown): TerminalText {
  return `${visibleJson(value).replaceAll("\u00a0", "\\u00a0")}\n` as TerminalText;
}

/** VS Code's notifications: `[words](command:...)` in them is a link that runs something. */
export const notification = writer<"notification">((raw) => {
  const text = visible(raw).replaceAll("](", "] (");
  return text.length <= longestNotification ? text : `${text.slice(0, longestNotification).toWellFormed()}…`;
});

/** VS Code's labels (status bar, lists to pick from): `$(trash)` in them is an icon. */
export const label = writer<"label">((raw) => visible(raw).replace(/\$(?=\([a-z0-9~-]+\))/gi, "\\$"));

/** HTML and XML, in text and in quoted attributes. */
export const html = writer<"html">((raw) =>
  visible(raw).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
);

/**
 * A cell of CSV (RFC 4180). What spreadsheets would run gets an apostrophe: =, +, - or @ at the start, also behind what they
 * skip there. Otherwise the content stays as it is, for programs compare it.
 */
export const csv = writer<"csv">((raw) => {
  const guarded =
    /^[\s\p{Cc}\p{DI}]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u.test(raw) || /^[\t\r]/.test(raw) ? `'${raw}` : raw;
  const whole = guarded.toWellFormed();
  return /[",\r\n]/.test(whole) ? `"${whole.replaceAll('"', '""')}"` : whole;
});
