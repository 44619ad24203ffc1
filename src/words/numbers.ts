/** Numbers and times in words: one place decides how a share, a change, an interval and a duration read. */
import type { Interval } from "../protocol/records.ts";

const thin = "\u202f";

/** 0.284 as "28 %" (or with digits); "n/a" where there is no number. */
export function percent(share: number | null | undefined, digits = 0): string {
  return share == null || !Number.isFinite(share) ? "n/a" : `${plain(100 * share, digits)}${thin}%`;
}

/** A share with one digit, or with two that count where it is small: 0.284 as "28.4 %", 0.00083 as "0.083 %". */
export function share(value: number): string {
  const size = Math.abs(100 * value);
  return percent(value, size === 0 || size >= 1 ? 1 : Math.min(6, 1 - Math.floor(Math.log10(size))));
}

/** A share as somebody wrote it down: 0.095 as "9.5 %". */
export function exact(value: number): string {
  return `${Number((100 * value).toFixed(4))}${thin}%`;
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

/** The ends of an interval of a change, in points: "+2.6 to +3.6". */
export function pointRange({ low, high }: Pick<Interval, "low" | "high">, digits = 1): string {
  return `${points(low, digits)} to ${points(high, digits)}`;
}

/** "+3.1 points, +2.6 to +3.6". */
export function changeWithInterval(change: Interval, digits = 1): string {
  return `${points(change.value, digits)} points, ${pointRange(change, digits)}`;
}

/** Whether chance alone may explain a change: its interval holds zero. */
export function mayBeChance({ low, high }: Pick<Interval, "low" | "high">): boolean {
  return low <= 0 && high >= 0;
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

/** 1500000 bytes as "1.5 MB". */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, size)) / 3)));
  const value = size / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

const minute = 60;
const hour = 60 * minute;

/** How long something took or will take: "3 ms", "0.4 s", "12 s", "3 min", "2 h". */
export function duration(seconds: number): string {
  if (seconds < 0.1) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 100 * minute) return `${Math.round(seconds / minute)} min`;
  return `${Math.round(seconds / hour)} h`;
}

/** How long ago, both in milliseconds since the epoch: "just now", "3 min ago", "2 h ago", "5 days ago". */
export function age(at: number, now: number): string {
  const seconds = (now - at) / 1000;
  if (seconds < minute) return "just now";
  if (seconds < hour) return `${Math.floor(seconds / minute)} min ago`;
  if (seconds < 48 * hour) return `${Math.floor(seconds / hour)} h ago`;
  return `${Math.floor(seconds / (24 * hour))} days ago`;
}

/** A moment of a record, the same for every reader: "2026-05-01 10:20 UTC". */
export function moment(iso: string): string {
  return `${iso.replace("T", " ").slice(0, 16)} UTC`;
}

/** The local time of day, with the date when it is not today's. */
export function clock(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return date.toDateString() === new Date(now).toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
}
