/** Films a page as it changes, and makes one moving WebP of the pictures with Debian's img2webp (package webp). */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { CDPSession, Locator, Page } from "playwright-core";

interface Picture {
  readonly png: Buffer;
  /** Milliseconds. */
  readonly at: number;
}

/** Pictures that follow each other sooner are left out, and no picture stands longer, in milliseconds. */
const [soonest, longest] = [110, 1500];
/** How long the last picture stands before the film begins again. */
const end = 3500;
const quality = 80;

export class Camera {
  readonly #page: Page;
  #session: CDPSession | null = null;
  readonly #pictures: Picture[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  /** Draws a pointer over the page, which a page without a person has none of. */
  async showPointer(): Promise<void> {
    await this.#page.evaluate(() => {
      const pointer = document.createElement("div");
      pointer.id = "film-pointer";
      pointer.style.cssText =
        "position:fixed;z-index:1000000;left:640px;top:420px;width:22px;height:22px;pointer-events:none;" +
        "transition:left .5s ease-in-out,top .5s ease-in-out;filter:drop-shadow(0 1px 2px #000)";
      const drawing = "M2 1 L2 17 L6.5 13 L9.5 20 L12.5 18.7 L9.6 12 L15.5 12 Z";
      const namespace = "http://www.w3.org/2000/svg";
      const svg = document.createElementNS(namespace, "svg");
      const shape = document.createElementNS(namespace, "path");
      shape.setAttribute("d", drawing);
      shape.setAttribute("fill", "#fff");
      shape.setAttribute("stroke", "#000");
      svg.append(shape);
      pointer.append(svg);
      document.body.append(pointer);
    });
  }

  /** Moves the pointer to the middle of what is pointed at, and waits until it is there. */
  async pointTo(target: Locator, along = 0.5): Promise<void> {
    const box = await target.boundingBox();
    if (box === null) throw new Error("What is pointed at is not to be seen.");
    const [x, y] = [box.x + along * box.width, box.y + box.height / 2];
    await this.#page.evaluate(
      ([left, top]) => {
        const pointer = document.getElementById("film-pointer");
        if (pointer) Object.assign(pointer.style, { left: `${left}px`, top: `${top}px` });
      },
      [x, y],
    );
    await pause(700);
  }

  async start(): Promise<void> {
    const session = await this.#page.context().newCDPSession(this.#page);
    this.#session = session;
    session.on("Page.screencastFrame", ({ data, sessionId, metadata }) => {
      this.#pictures.push({ png: Buffer.from(data, "base64"), at: 1000 * (metadata.timestamp ?? 0) });
      void session.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
    });
    await session.send("Page.startScreencast", { format: "png", everyNthFrame: 1 });
  }

  async stop(): Promise<void> {
    await this.#session?.send("Page.stopScreencast");
    await this.#session?.detach();
  }

  /** Writes what was filmed since the start. Returns its length in seconds. Throws where img2webp is missing or fails. */
  write(file: string): number {
    const folder = mkdtempSync(path.join(os.tmpdir(), "selmix-film-"));
    try {
      const kept = thinned(this.#pictures.toSorted((a, b) => a.at - b.at));
      const durations = kept.map(({ at }, k) =>
        Math.round(Math.min(longest, (kept[k + 1]?.at ?? at + end) - at)),
      );
      durations[durations.length - 1] = end;
      const frames = kept.flatMap(({ png }, k) => {
        const frame = path.join(folder, `${k}.png`);
        writeFileSync(frame, png);
        return ["-d", `${durations[k]}`, "-lossy", "-q", `${quality}`, "-m", "6", frame];
      });
      const made = spawnSync(
        "img2webp",
        ["-loop", "0", "-mixed", "-min_size", "-kmax", "0", ...frames, "-o", file],
        {
          encoding: "utf8",
        },
      );
      if (made.error)
        throw new Error(`img2webp cannot be run: ${made.error.message}; install Debian's package webp.`);
      if (made.status !== 0) throw new Error(`img2webp failed: ${made.stderr}`);
      return durations.reduce((sum, duration) => sum + duration, 0) / 1000;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** Without pictures that follow too soon; of those the last stays, which shows what came of it. */
function thinned(pictures: readonly Picture[]): Picture[] {
  const kept: Picture[] = [];
  for (const picture of pictures) {
    const before = kept.at(-2);
    if (kept.length > 1 && before && picture.at - before.at < soonest) kept[kept.length - 1] = picture;
    else kept.push(picture);
  }
  return kept;
}
