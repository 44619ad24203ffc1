/** The worst class over the runs, as a section of the page: which runs are held against each other is chosen where there are several kinds. */
import type { RunRow } from "../../protocol/runsTable.ts";
import { Figure } from "../shared/figure.ts";
import { onThemeChange, readPalette } from "../shared/theme.ts";
import { picker } from "../shared/toolkit.ts";
import { type Trend, trendPicture, trendsOf } from "./trend.ts";

export class TrendSection {
  readonly #picker = picker("Runs in the picture", (key) => {
    this.#chosen = key;
    this.#draw();
  });
  readonly #figure: Figure;
  #palette = readPalette();
  #trends: readonly Trend[] = [];
  #total = 0;
  /** Null for the newest. */
  #chosen: string | null = null;

  /** @param open called with the folder of a run that is chosen in the picture */
  constructor(open: (folder: string) => void) {
    this.#figure = new Figure({
      title: "Worst class over the runs",
      palette: () => this.#palette,
      tools: [this.#picker.element],
      choose: (at) => {
        const run = this.#shown?.runs[at];
        if (run) open(run.folder);
      },
    });
    onThemeChange(() => {
      this.#palette = readPalette();
      this.#figure.redraw();
    });
  }

  get element(): HTMLElement {
    return this.#figure.element;
  }

  show(rows: readonly RunRow[]): void {
    this.#total = rows.length;
    this.#trends = trendsOf(rows).filter(({ runs }) => runs.length > 1);
    this.#draw();
  }

  get #shown(): Trend | undefined {
    return this.#trends.find(({ key }) => key === this.#chosen) ?? this.#trends[0];
  }

  #draw(): void {
    const shown = this.#shown;
    this.#figure.show(shown ? trendPicture(shown, this.#total - shown.runs.length) : null);
    this.#picker.element.hidden = this.#trends.length < 2;
    this.#picker.update(
      this.#trends.map(({ key, label }) => ({ value: key, label })),
      shown?.key ?? "",
    );
  }
}
