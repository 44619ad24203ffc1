/** Says which tests passed only when they were tried again, and why: a retry that nobody hears of hides a fault. */
import type { Reporter } from "vitest/reporters";

export const triedTwice: Reporter = {
  onTestCaseResult(test) {
    if (!test.diagnostic()?.flaky) return;
    const [error] = test.result().errors ?? [];
    console.log(`Tried twice: ${test.fullName}: ${error?.stack ?? error?.message ?? "no reason was kept"}`);
  },
};
