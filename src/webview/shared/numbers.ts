/** Numbers in words: one place decides how a share, a change and an interval read. */
import type { Interval, RunRecord } from "../../protocol/records.ts";

const thin = "\u202f";

/** 0.284 as "28 %" (or with digits); "n/a" where there is no number. */
export function percent(share: number | null, digits = 0): string {
  return share === null || !Number.isFinite(share) ? "n/a" : `${plain(100 * share, digits)}${thin}%`;
}

/** A share with one digit, or with two that count where it is small: 0.284 as "28.4 %", 0.00083 as "0.083 %". */
export function share(value: number): string {
  const size = Math.abs(100 * value);
  return percent(value, size === 0 || size >= 1 ? 1 : Math.min(6, 1 - Math.floor(Math.log10(size))));
}

/** "28 % → 74 %", kept on one line. */
export function fromTo(before: number | null, after: number | null, digits = 0): string {
  return `${percent(before, digits)}\u00a0→\u00a0${percent(after, digits)}`;
}

/** A change between shares in points: 0.031 as "+3.1". */
export function points(change: number | null, digits = 1): string {
  return change === null || !Number.isFinite(change) ? "n/a" : signed(100 * change, digits);
}

/** A number with a sign (a true minus) and fixed digits. */
export function signed(value: number, digits: number): string {
  const shown = plain(value, digits);
  return value > 0 && Number(value.toFixed(digits)) !== 0 ? `+${shown}` : shown;
}

/** Fixed digits with a true minus; never "-0". */
export function plain(value: number, digits: number): string {
  const fixed = value.toFixed(digits);
  return Number(fixed) < 0 ? fixed.replace("-", "−") : fixed.replace("-", "");
}

/** A small number such as a gain, to three significant digits, with a sign. */
export function significant(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  const shown =
    magnitude < 0.0001 || magnitude >= 100000
      ? magnitude.toExponential(1)
      : String(Number(magnitude.toPrecision(3)));
  return `${value < 0 ? "−" : "+"}${shown.replace("e-", "e−")}`;
}

/** The ends of an interval of shares: "71 to 77 %". */
export function range(low: number, high: number, digits = 0): string {
  return `${plain(100 * low, digits)} to ${plain(100 * high, digits)}${thin}%`;
}

/** "+3.1 points, +2.6 to +3.6". */
export function changeWithInterval(change: Interval, digits = 1): string {
  return `${points(change.value, digits)} points, ${points(change.low, digits)} to ${points(change.high, digits)}`;
}

const thousands = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 1234 as "1,234". */
export function count(value: number): string {
  return thousands.format(value);
}

/** "1 class", "3 classes". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A class's name within a sentence: one written right to left is set apart, so that it turns no number beside it around. */
export function named(name: string): string {
  return rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}

/** Names in a sentence: "a, b and c"; more than `limit` are counted. */
export function listed(names: readonly string[], limit = 3): string {
  const shown = names.length > limit ? [...names.slice(0, limit), `${names.length - limit} more`] : names;
  return shown.length <= 1
    ? (shown[0] ?? "")
    : `${shown.slice(0, -1).join(", ")} and ${shown[shown.length - 1]}`;
}

/** What the checkpoint of a run is called, unlike every other one of its configuration. */
export function checkpointLabel(run: RunRecord): string {
  return run.checkpointName ?? baseName(run.checkpoint);
}

/** The last part of a path, whatever its separators. */
function baseName(path: string): string {
  return (
    path
      .split(/[\\/]/)
      .filter((part) => part !== "")
      .at(-1) ?? path
  );
}

/** The local time of day, with the date when it is not today's. */
export function clock(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return date.toDateString() === new Date(now).toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
}
