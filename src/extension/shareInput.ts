/** Shares as people type them. Pure. */
import { exact } from "../words/numbers.ts";

/**
 * A share from what was typed: "9.5" and "9.5 %" are percent, and so is a plain "1"; a number below 1 without a percent sign is
 * the share itself: "0.9" is 90 %. Null for anything else.
 */
export function parseShare(text: string): number | null {
  const trimmed = text.trim().replace(",", ".");
  const isPercent = trimmed.endsWith("%");
  const digits = trimmed.replace(/%$/, "").trim();
  if (!/^(\d+\.?\d*|\.\d+)$/.test(digits)) return null;
  const value = Number(digits);
  if (value > 100) return null;
  const isShare = !isPercent && value > 0 && value < 1;
  return Number((isShare ? value : value / 100).toFixed(6));
}

/** Why a text is no share; null for one that is. */
export function shareProblem(text: string): string | null {
  return parseShare(text) === null
    ? "Give a percentage between 0 and 100, for example 9.5, or a share, 0.095."
    : null;
}

/** How a number below 1 is understood, which may be meant otherwise; null where there is but one way. */
export function shareHint(text: string): string | null {
  const value = parseShare(text);
  const isShare =
    value !== null && value > 0 && !text.includes("%") && Number(text.replace(",", ".")) === value;
  return isShare ? `${exact(value)}. Write ${text.trim()} % for less than one percent.` : null;
}
