/** The whole run as a file or as text: report, model card. */
import { objectiveFileName } from "../../metrics/composed.ts";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { firstGainCycle } from "../../words/cycles.ts";
import { runCheckpoint } from "../../words/names.ts";
import type { Split } from "../../words/sets.ts";
import { modelCard } from "../report/modelCard.ts";
import { reportHtml } from "../report/page.ts";
import { runReport } from "../report/runReport.ts";
import { send } from "../shared/host.ts";
import { saveAs } from "../shared/line.ts";
import type { GainMatrices, RunStore } from "../shared/runStore.ts";
import { encodeRaster } from "../shared/saving.ts";

const gainWithin = 5_000;

export class RunExport {
  private readonly store: RunStore;
  private answer: (() => void) | null = null;

  constructor(store: RunStore) {
    this.store = store;
  }

  /** The host answered a question for gain, with it or with why not. */
  gainCame(): void {
    this.answer?.();
    this.answer = null;
  }

  /** Asks for the gain, draws everything and sends the report to be saved. Without the gain it goes on without it. */
  async report(split: Split): Promise<void> {
    const { snapshot } = this.store;
    if (snapshot === null) return;
    const gain = await this.gainOf(snapshot);
    const report = runReport(snapshot, split, gain);
    if (report === null) return;
    const page = reportHtml(report, encodeRaster, new Date().toISOString());
    const name = runCheckpoint(snapshot.run);
    saveAs(`selmix-${name}-${objectiveFileName(snapshot.run.objective)}.html`, page);
  }

  /** Puts the model-card section on the clipboard. */
  copyModelCard(split: Split): void {
    const card = this.store.snapshot === null ? null : modelCard(this.store.snapshot, split);
    if (card !== null) send({ type: "copy", text: card });
  }

  private async gainOf(snapshot: RunSnapshot): Promise<GainMatrices | null> {
    const cycle = firstGainCycle(snapshot);
    if (cycle === null) return null;
    if (this.store.gain?.cycle !== cycle) {
      const answered = new Promise<void>((resolve) => {
        this.answer = resolve;
        setTimeout(resolve, gainWithin);
      });
      send({ type: "gain", cycle });
      await answered;
    }
    return this.store.gain?.cycle === cycle ? this.store.gain : null;
  }
}
