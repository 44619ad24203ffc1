/** Which saves are tuned by themselves, in which order, and which are passed over. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RetuneQueue } from "../../src/watching/retune.ts";

const save = (path: string, modified: number) => ({ path, modified, content: { hash: path, state: "" } });

let busy: Set<string>;
let started: string[];
let queue: RetuneQueue;

beforeEach(() => {
  vi.useFakeTimers();
  busy = new Set();
  started = [];
  queue = new RetuneQueue({
    isBusy: (configuration) => busy.has(configuration),
    start: (configuration, { path }) => {
      busy.add(configuration);
      started.push(`${configuration}:${path}`);
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
  queue.saved("a", save("1.pt", 1));
  expect(started).toEqual([]);
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt"]);
});

test("of a burst only the newest is tuned, in whatever order it was noticed", () => {
  for (const modified of [1, 2, 5, 3, 4]) queue.saved("a", save(`${modified}.pt`, modified));
  vi.advanceTimersByTime(300);
  finish("a");
  vi.advanceTimersByTime(1000);
  expect(started).toEqual(["a:5.pt"]);
});

test("files saved within one tick of the clock go by name, epochs in their order", () => {
  for (const epoch of [9, 11, 10]) queue.saved("a", save(`epoch-${epoch}.pt`, 1));
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:epoch-11.pt"]);
});

test("what is saved while a tune runs waits, and the newest wins", () => {
  queue.saved("a", save("1.pt", 1));
  vi.advanceTimersByTime(300);
  queue.saved("a", save("2.pt", 2));
  vi.advanceTimersByTime(300);
  queue.saved("a", save("3.pt", 3));
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt"]);
  expect(queue.waiting("a")).toBe("3.pt");
  finish("a");
  expect(started).toEqual(["a:1.pt", "a:3.pt"]);
  expect(queue.waiting("a")).toBe(null);
});

test("a tune that ends during the pause does not cut the pause short", () => {
  busy.add("a");
  queue.saved("a", save("1.pt", 1));
  finish("a");
  expect(started).toEqual([]);
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt"]);
});

test("configurations do not wait for one another", () => {
  queue.saved("a", save("1.pt", 1));
  queue.saved("b", save("1.pt", 1));
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt", "b:1.pt"]);
});

test("nothing is started again after a failure, until the next save", () => {
  queue.saved("a", save("1.pt", 1));
  vi.advanceTimersByTime(300);
  finish("a");
  vi.advanceTimersByTime(10_000);
  expect(started).toEqual(["a:1.pt"]);
  queue.saved("a", save("1.pt", 2));
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:1.pt", "a:1.pt"]);
});

test("turned off, or with its checkpoint deleted, nothing starts", () => {
  queue.saved("a", save("1.pt", 1));
  queue.forget("a");
  queue.saved("b", save("2.pt", 1));
  queue.forgetCheckpoint("2.pt");
  vi.advanceTimersByTime(1000);
  expect(started).toEqual([]);
});

test("what was left is tuned when nothing newer waits, the newest of it first", () => {
  busy.add("a");
  queue.saved("a", save("1.pt", 1), "left");
  queue.saved("a", save("2.pt", 2), "left");
  queue.saved("a", save("9.pt", 9));
  expect(queue.pending("a").map(({ path }) => path)).toEqual(["9.pt", "2.pt", "1.pt"]);
  finish("a");
  vi.advanceTimersByTime(300);
  expect(started).toEqual(["a:9.pt"]);
  expect(queue.pending("a").map(({ path }) => path)).toEqual(["9.pt", "2.pt", "1.pt"]);
  finish("a");
  finish("a");
  expect(started).toEqual(["a:9.pt", "a:2.pt", "a:1.pt"]);
  finish("a");
  expect(queue.pending("a")).toEqual([]);
});

test("what waits keeps its turn under another name", () => {
  busy.add("a");
  queue.saved("a", save("1.pt", 1), "left");
  queue.saved("a", save("last.pt", 2));
  queue.rename("last.pt", "best.pt");
  queue.rename("1.pt", "one.pt");
  finish("a");
  vi.advanceTimersByTime(300);
  finish("a");
  expect(started).toEqual(["a:best.pt", "a:one.pt"]);
});

test("one that is older than the one that waits need not be read", () => {
  busy.add("a");
  queue.saved("a", save("5.pt", 5));
  expect(queue.isPassedOver("a", { path: "4.pt", modified: 4 })).toBe(true);
  expect(queue.isPassedOver("a", { path: "6.pt", modified: 6 })).toBe(false);
  expect(queue.isPassedOver("b", { path: "4.pt", modified: 4 })).toBe(false);
});
