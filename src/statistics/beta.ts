/** The beta distribution: what exact limits of shares are made of. */

/** Lanczos' coefficients for g = 7 (Godfrey, 2001). */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** log Gamma(x) for x > 0, to about 14 digits (Lanczos, 1964). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum: number = lanczos[0];
  for (let index = 1; index < lanczos.length; index++) sum += (lanczos[index] ?? 0) / (x - 1 + index);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Continued fraction of the incomplete beta function, by Lentz's method (Press et al., 2007, section 6.4). */
function continuedFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

/** log of the beta function. */
function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

function betaShare(a: number, b: number, x: number, normaliser: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - normaliser);
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(a, b, x)) / a
    : 1 - (front * continuedFraction(b, a, 1 - x)) / b;
}

/** P(X <= x) for X ~ Beta(a, b) with a, b > 0: the regularised incomplete beta function I_x(a, b). */
export function betaProbability(a: number, b: number, x: number): number {
  return betaShare(a, b, x, logBeta(a, b));
}

/** Upper point of the normal distribution for probability < 1/2, to 5e-4 (Hastings, 1955): good enough to start from. */
function roughNormalPoint(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(probability));
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / below;
}

/** About the quantile (Abramowitz and Stegun, 1964, 26.5.22), within (0, 1). */
function roughQuantile(a: number, b: number, probability: number): number {
  const mean = a / (a + b);
  if (a < 1 || b < 1) return mean;
  const point = probability < 0.5 ? roughNormalPoint(probability) : -roughNormalPoint(1 - probability);
  const scale = 2 / (1 / (2 * a - 1) + 1 / (2 * b - 1));
  const lambda = (point * point - 3) / 6;
  const w =
    (point * Math.sqrt(Math.max(0, scale + lambda))) / scale -
    (1 / (2 * b - 1) - 1 / (2 * a - 1)) * (lambda + 5 / 6 - 2 / (3 * scale));
  const x = a / (a + b * Math.exp(2 * w));
  return x > 0 && x < 1 ? x : mean;
}

/** The x with P(X <= x) = probability for X ~ Beta(a, b), to about 1e-12: Newton's steps kept within a bracket. */
export function betaQuantile(a: number, b: number, probability: number): number {
  if (probability <= 0) return 0;
  if (probability >= 1) return 1;
  const normaliser = logBeta(a, b);
  let [low, high] = [0, 1];
  let x = roughQuantile(a, b, probability);
  for (let step = 0; step < 200; step++) {
    const error = betaShare(a, b, x, normaliser) - probability;
    if (error > 0) high = x;
    else low = x;
    const density = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - normaliser);
    const newton = x - error / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) < 1e-12 * x || next === low || next === high) return next;
    x = next;
  }
  return x;
}
