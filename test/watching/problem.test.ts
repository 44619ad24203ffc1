/** Watches that are used up are told with what helps. */
import { expect, test } from "vitest";
import { watchProblem } from "../../src/watching/problem.ts";

test.each(["ENOSPC", "EMFILE"])("%s means that the watches are used up, and says what helps", (code) => {
  const problem = watchProblem("/project", Object.assign(new Error("watch failed"), { code }));
  expect(problem.exhausted).toBe(true);
  expect(problem.message).toMatch(/\/project.*polling/);
});

test("another error is passed on", () => {
  const problem = watchProblem("/project", new Error("EACCES: permission denied"));
  expect(problem.exhausted).toBe(false);
  expect(problem.message).toMatch(/\/project.*permission denied/);
});
