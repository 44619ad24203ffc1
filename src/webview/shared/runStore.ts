/** A run as a panel knows it: a snapshot, then changes, in order. Pure. */
import type { RunSnapshot, ShownPoint, ToPanel } from "../../protocol/panels.ts";
import type { CycleRecord } from "../../protocol/records.ts";

/** What a message changed; `gap` means cycles are missing and a snapshot should be asked for. */
export type Change = "run" | "cycle" | "state" | "gain" | "gap" | "none";

export interface GainMatrices {
  readonly cycle: number;
  readonly gain: Float32Array;
  /** null: it is still on its way. */
  readonly policy: Float32Array | null;
}

export type Absence = { readonly why: "loading" | "nothing" | "waiting"; readonly message: string };

export class RunStore {
  snapshot: RunSnapshot | null = null;
  /** A point of a sweep, where one is shown in place of the run. */
  point: ShownPoint | null = null;
  absence: Absence = { why: "loading", message: "" };
  gain: GainMatrices | null = null;
  gainProblem: string | null = null;

  /** Takes a message in. Cycles keep their order and none is lost; one that comes twice replaces itself. `now` in ms. */
  receive(message: ToPanel, now: number): Change {
    switch (message.type) {
      case "empty":
        this.snapshot = null;
        this.point = null;
        this.absence = { why: message.why, message: message.message };
        return "run";
      case "snapshot": {
        const sameRun = this.snapshot?.runFolder === message.snapshot.runFolder;
        if (!sameRun) {
          this.gain = null;
          this.gainProblem = null;
        }
        this.gain ??= message.gain ? { ...message.gain, policy: null } : null;
        this.snapshot = message.snapshot;
        this.point = null;
        return "run";
      }
      case "point":
        this.point = message.point;
        return "run";
      case "cycles": {
        const { snapshot } = this;
        if (snapshot?.runFolder !== message.runFolder) return "none";
        snapshot.updatedAt = now;
        const changes = message.cycles.map((cycle) => this.insert(snapshot.history, cycle));
        return changes.includes("gap") ? "gap" : "cycle";
      }
      case "state":
        if (this.snapshot?.runFolder !== message.runFolder) return "none";
        this.snapshot.run.state = message.state;
        this.snapshot.run.error = message.error;
        this.snapshot.updatedAt = now;
        return "state";
      case "gain":
        if (this.snapshot?.runFolder !== message.runFolder) return "none";
        this.gain = { cycle: message.cycle, gain: message.gain, policy: message.policy };
        this.gainProblem = null;
        return "gain";
      case "policy":
        if (this.snapshot?.runFolder !== message.runFolder || this.gain?.cycle !== message.cycle)
          return "none";
        this.gain = { ...this.gain, policy: message.policy };
        return "gain";
      case "gainFailed":
        if (this.snapshot?.runFolder !== message.runFolder) return "none";
        this.gainProblem = message.message;
        return "gain";
      case "sent":
      case "following":
      case "runs":
        return "none";
    }
  }

  private insert(history: CycleRecord[], cycle: CycleRecord): Change {
    let at = history.length;
    while (at > 0 && (history[at - 1]?.cycle ?? -1) >= cycle.cycle) at -= 1;
    if (history[at]?.cycle === cycle.cycle) history[at] = cycle;
    else history.splice(at, 0, cycle);
    const previous = history[at - 1];
    return previous !== undefined && cycle.cycle > previous.cycle + 1 ? "gap" : "cycle";
  }
}

/** A run that says it is running but has given no sign of life for this long may be dead. */
export const staleAfterMilliseconds = 20_000;

export function isStale(snapshot: RunSnapshot, now: number): boolean {
  return snapshot.run.state === "running" && now - snapshot.updatedAt > staleAfterMilliseconds;
}
