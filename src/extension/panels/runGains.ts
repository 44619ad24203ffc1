/** Where among the gains of the run that a panel shows its cycles lie, and what they are. */
import { readGain } from "../../project/readRuns.ts";
import type { PackedToPanel, RunSnapshot } from "../../protocol/panels.ts";
import type { CycleRecord } from "../../protocol/records.ts";

export class RunGains {
  #buckets = 0;
  /** By the number of the cycle. */
  readonly #places = new Map<number, number>();

  /** Begins with another run; with none, there are no gains. */
  show(run: Pick<RunSnapshot, "run" | "history"> | undefined): void {
    this.#buckets = run?.run.buckets.length ?? 0;
    this.#places.clear();
    this.note(run?.history ?? []);
  }

  note(cycles: readonly CycleRecord[]): void {
    for (const { cycle, gainIndex } of cycles) if (gainIndex !== null) this.#places.set(cycle, gainIndex);
  }

  /** What a page is answered that asks for a cycle's gain: with it, or with why not. */
  answer(runFolder: string, cycle: number): PackedToPanel {
    const matrices = this.read(runFolder, cycle);
    if (matrices) return { type: "gain", runFolder, cycle, ...matrices };
    const message = `The gain of cycle ${cycle} was not kept; choose another cycle.`;
    return { type: "gainFailed", runFolder, cycle, message };
  }

  /** G and P [B,B] of a cycle; null where they were not kept. */
  read(runFolder: string, cycle: number): ReturnType<typeof readGain> {
    const place = this.#places.get(cycle);
    return place === undefined ? null : readGain(runFolder, place, this.#buckets);
  }
}
