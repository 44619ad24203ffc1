/** Numbers from bytes of text, as `Number` reads them, without making a string of each. */

/** Powers of ten that doubles hold exactly. */
const exactPowers = Array.from({ length: 23 }, (_, power) => 10 ** power);
/** Whole numbers of so many digits are exact as doubles. */
const exactDigits = 15;

const [PLUS, MINUS, POINT, ZERO, SPACE, TAB] = [0x2b, 0x2d, 0x2e, 0x30, 0x20, 0x09];
const [LARGE_E, SMALL_E] = [0x45, 0x65];

/**
 * The number that bytes [start, stop) spell in decimal, rounded as `Number` does; NaN where they spell none.
 * Source of the fast path: Clinger, How to read floating point numbers accurately, 1990: digits and power are both exact.
 */
export function parseNumber(bytes: Uint8Array, start: number, stop: number): number {
  let at = start;
  while (at < stop && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  const first = bytes[at];
  const negative = first === MINUS;
  if (negative || first === PLUS) at++;
  let digits = 0;
  let count = 0;
  let scale = 0;
  let some = false;
  let afterPoint = false;
  for (; at < stop; at++) {
    const digit = digitAt(bytes, at);
    if (digit >= 0) {
      some = true;
      if (count > 0 || digit !== 0) count++;
      if (count > exactDigits) return slowly(bytes, start, stop);
      digits = digits * 10 + digit;
      if (afterPoint) scale--;
    } else if (bytes[at] === POINT && !afterPoint) afterPoint = true;
    else break;
  }
  if (!some) return Number.NaN;
  if (at < stop) {
    if (bytes[at] !== SMALL_E && bytes[at] !== LARGE_E) return slowly(bytes, start, stop);
    at++;
    const sign = bytes[at];
    if (sign === MINUS || sign === PLUS) at++;
    let power = 0;
    const from = at;
    for (; at < stop && digitAt(bytes, at) >= 0 && at - from < 4; at++)
      power = power * 10 + digitAt(bytes, at);
    if (at === from || at < stop) return slowly(bytes, start, stop);
    scale += sign === MINUS ? -power : power;
  }
  const size = Math.abs(scale);
  const exact = exactPowers[size];
  if (exact === undefined) return digits === 0 ? 0 : slowly(bytes, start, stop);
  const value = scale < 0 ? digits / exact : digits * exact;
  return negative ? -value : value;
}

/** The digit that a byte is; negative where it is none. */
function digitAt(bytes: Uint8Array, at: number): number {
  const digit = (bytes[at] ?? 0) - ZERO;
  return digit > 9 ? -1 : digit;
}

/** What the fast path does not hold, and texts that `Number` would read as what nobody writes into a table. */
function slowly(bytes: Uint8Array, start: number, stop: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start)
    .toString("latin1")
    .trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}
