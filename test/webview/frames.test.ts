import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { onceAFrame } from "../../src/webview/shared/frames.ts";

let frames: (() => void)[] = [];
const errors: unknown[] = [];
const nextFrame = () => {
  const due = frames;
  frames = [];
  for (const frame of due) frame();
};

beforeEach(() => {
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  vi.stubGlobal("reportError", (error: unknown) => errors.push(error));
});
afterEach(() => vi.unstubAllGlobals());

describe("drawing", () => {
  it("happens once a frame, however often it is asked for", () => {
    let drawn = 0;
    const draw = onceAFrame(() => {
      drawn += 1;
    });
    for (let at = 0; at < 1000; at += 1) draw();
    expect([drawn, frames.length]).toEqual([0, 1]);
    nextFrame();
    expect([drawn, frames.length]).toEqual([1, 0]);
  });

  it("that a page asks for while it is drawn happens in the same frame", () => {
    const order: string[] = [];
    const picture = onceAFrame(() => order.push("picture"));
    const page = onceAFrame(() => {
      order.push("page");
      picture();
    });
    page();
    nextFrame();
    expect(order).toEqual(["page", "picture"]);
    expect(frames).toHaveLength(0);
  });

  it("that asks for itself waits for the next frame", () => {
    let drawn = 0;
    const draw: () => void = onceAFrame(() => {
      drawn += 1;
      if (drawn < 3) draw();
    });
    draw();
    nextFrame();
    expect(drawn).toBe(1);
    nextFrame();
    nextFrame();
    nextFrame();
    expect(drawn).toBe(3);
  });

  it("that fails is reported, and keeps nothing else from being drawn, now or later", () => {
    let drawn = 0;
    const broken = onceAFrame(() => {
      throw new Error("cannot draw");
    });
    const sound = onceAFrame(() => {
      drawn += 1;
    });
    broken();
    sound();
    nextFrame();
    sound();
    nextFrame();
    expect(drawn).toBe(2);
    expect(errors).toEqual([new Error("cannot draw")]);
  });
});
