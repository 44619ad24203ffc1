import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RetuneQueue } from "../../src/extension/retune.ts";

let busy: Set<string>;
let started: string[];
let queue: RetuneQueue;

beforeEach(() => {
  vi.useFakeTimers();
  busy = new Set();
  started = [];
  queue = new RetuneQueue({
    isBusy: (configuration) => busy.has(configuration),
    start: (configuration, checkpoint) => {
      busy.add(configuration);
      started.push(`${configuration}:${checkpoint}`);
    },
    onChange: () => undefined,
    pauseMs: 300,
  });
});

afterEach(() => {
  queue.dispose();
  vi.useRealTimers();
});

function finish(configuration: string): void {
  busy.delete(configuration);
  queue.finished(configuration);
}

test("a saved checkpoint is tuned after a short pause", () => {
  queue.saved("a", { path: "1.pt", modified: 1 });
  expect(started).toEqual([]);
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt"]);
});

test("of a burst only the newest is tuned, in whatever order it was noticed", () => {
  for (const modified of [1, 2, 5, 3, 4]) queue.saved("a", { path: `${modified}.pt`, modified });
  vi.advanceTimersByTime(300);
  finish("a");
  vi.advanceTimersByTime(1000);
  expect(started).toEqual(["a:5.pt"]);
});

test("files saved within one tick of the clock go by name, epochs in their order", () => {
  for (const epoch of [9, 11, 10]) queue.saved("a", { path: `epoch-${epoch}.pt`, modified: 1 });
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:epoch-11.pt"]);
});

test("what is saved while a tune runs waits, and the newest wins", () => {
  queue.saved("a", { path: "1.pt", modified: 1 });
  vi.advanceTimersByTime(300);
  queue.saved("a", { path: "2.pt", modified: 2 });
  vi.advanceTimersByTime(300);
  queue.saved("a", { path: "3.pt", modified: 3 });
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt"]);
  expect(queue.waiting("a")).toBe("3.pt");
  finish("a");
  expect(started).toEqual(["a:1.pt", "a:3.pt"]);
  expect(queue.waiting("a")).toBe(null);
});

test("a tune that ends during the pause does not cut the pause short", () => {
  busy.add("a");
  queue.saved("a", { path: "1.pt", modified: 1 });
  finish("a");
  expect(started).toEqual([]);
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt"]);
});

test("configurations do not wait for one another", () => {
  queue.saved("a", { path: "1.pt", modified: 1 });
  queue.saved("b", { path: "1.pt", modified: 1 });
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt", "b:1.pt"]);
});

test("nothing is started again after a failure, until the next save", () => {
  queue.saved("a", { path: "1.pt", modified: 1 });
  vi.advanceTimersByTime(300);
  finish("a");
  vi.advanceTimersByTime(10_000);
  expect(started).toEqual(["a:1.pt"]);
  queue.saved("a", { path: "1.pt", modified: 2 });
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt", "a:1.pt"]);
});

test("turned off, or with its checkpoint deleted, nothing starts", () => {
  queue.saved("a", { path: "1.pt", modified: 1 });
  queue.forget("a");
  queue.saved("b", { path: "2.pt", modified: 1 });
  queue.forgetCheckpoint("2.pt");
  vi.advanceTimersByTime(1000);
  expect(started).toEqual([]);
});
