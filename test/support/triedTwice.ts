/** Says which tests passed only when they were tried again: a retry that nobody hears of hides a fault. */
import type { Reporter } from "vitest/reporters";

export const triedTwice: Reporter = {
  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky) console.log(`Tried twice: ${test.fullName}`);
  },
};
