/** What the tests prove, and falsely, computed from the distribution of the counts. */
import { binomialAbove, shareTest } from "../../src/statistics/binomialTest.ts";
import { meanTest } from "../../src/statistics/meanTest.ts";
import { pairTest } from "../../src/statistics/pairTest.ts";

const level = 0.05;
/** Standard errors that the value lies inside its bound. */
const slack = 3;

function probability(x: number, n: number, p: number): number {
  return binomialAbove(x, n, p) - binomialAbove(x + 1, n, p);
}

/** The chance that n rows of a share prove that it is at least the bound. */
function shareChance(n: number, share: number, bound: number): number {
  for (let x = 0; x <= n; x++)
    if (shareTest({ successes: x, samples: n }, "atLeast", bound) <= level) return binomialAbove(x, n, share);
  return 0;
}

/** The same by the test of means, which knows of the values only that they lie between 0 and 1. */
function meanChance(n: number, share: number, bound: number): number {
  for (let x = 0; x <= n; x++) {
    const terms = [
      { value: 1, low: 0, high: 1, count: x },
      { value: 0, low: 0, high: 1, count: n - x },
    ];
    if (meanTest(terms, bound) <= level) return binomialAbove(x, n, share);
  }
  return 0;
}

/** The chance that n rows of each group prove that the first share is at most so much above the second. */
function differenceChance(n: number, first: number, second: number, bound: number): number {
  const line = { offset: bound, factor: 1 };
  let [chance, from] = [0, 0];
  for (let x = 0; x <= n; x++) {
    const own = probability(x, n, first);
    // What proves with so many successes of the first proves with more of the second.
    while (from <= n && pairTest({ successes: x, samples: n }, { successes: from, samples: n }, line) > level)
      from++;
    chance += own * binomialAbove(from, n, second);
  }
  return chance;
}

/** The share that lies so many standard errors of n rows above the bound. */
function above(bound: number, n: number): number {
  let share = bound;
  for (let step = 0; step < 100; step++)
    share = Math.min(0.999, bound + slack * Math.sqrt((share * (1 - share)) / n));
  return share;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The table, in Markdown. */
export function powerTable(): string {
  const lines = [30, 100, 300, 1000].map((n) => {
    const [bound, second] = [0.6, 0.7];
    const share = above(bound, n);
    const gap = 0.1;
    const error = Math.sqrt((2 * second * (1 - second)) / n);
    const first = Math.max(0, second + gap - slack * error);
    const sized =
      n > 300
        ? ["", ""]
        : [
            percent(differenceChance(n, first, second, gap)),
            percent(differenceChance(n, second + gap, second, gap)),
          ];
    return `| ${n} | ${percent(shareChance(n, share, bound))} | ${percent(shareChance(n, bound, bound))} | ${sized[0]} | ${sized[1]} | ${percent(meanChance(n, share, bound))} | ${percent(meanChance(n, bound, bound))} |`;
  });
  return [
    "| rows (of each group) | share >= .60: proved | falsely | difference <= .10: proved | falsely | mean >= .60: proved | falsely |",
    "|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}
