/** The section of the recall panel that tells a run by group. */
import type { RunSnapshot } from "../../protocol/panels.ts";
import { className } from "../../words/names.ts";
import { count } from "../../words/numbers.ts";
import type { Split } from "../../words/sets.ts";
import { type FrameRow, type GroupFrame, groupFrame } from "../model/groupFrame.ts";
import { groupsSentence, groupsTable, shownCell } from "../model/groupTable.ts";
import { h, setText } from "../shared/dom.ts";
import { tableMenu } from "../shared/saving.ts";
import { type Picker, picker } from "../shared/toolkit.ts";

const allClasses = "all";

function rowElement(row: FrameRow): HTMLElement {
  const cells = row.cells.map((cell) => {
    const { change, about, doubt } = shownCell(row, cell);
    return h(
      "td",
      { class: "number" },
      h("div", {}, change),
      h("div", { class: "note" }, about),
      doubt === null ? null : h("div", { class: "doubt" }, `○ ${doubt}`),
    );
  });
  const samples = row.samples === null ? "" : count(row.samples);
  return h(
    "tr",
    { class: row.kind },
    h("th", { scope: "row" }, row.name),
    h("td", { class: "number" }, samples),
    ...cells,
  );
}

function frameElement({ rows, columns, split }: GroupFrame): HTMLElement {
  const head = columns.map(({ label, help }) =>
    h("th", { scope: "col", class: "number", title: help }, label),
  );
  return h(
    "div",
    { class: "table-scroll groups", tabindex: "0", role: "region", "aria-label": "Groups, table" },
    h(
      "table",
      {},
      h("caption", {}, `Before → after on ${split}`),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "Group"),
          h("th", { scope: "col", class: "number" }, "Samples"),
          ...head,
        ),
      ),
      h("tbody", {}, ...rows.map(rowElement)),
    ),
  );
}

/** Shows the groups of a run where it has some; `changed` is called when another class is to be looked at. */
export class GroupsSection {
  readonly element: HTMLElement;
  private readonly sentence = h("p", { class: "sentence" });
  private readonly body = h("div");
  private readonly classes: Picker;
  private frame: GroupFrame | null = null;
  private label: string = allClasses;
  private runFolder = "";
  private drawn = "";

  constructor(changed: () => void) {
    this.classes = picker("Class", (value) => {
      this.label = value;
      changed();
    });
    this.element = h(
      "section",
      { class: "figure wide", "aria-label": "Groups", hidden: true },
      h(
        "div",
        { class: "figure-head" },
        h("h2", {}, "Groups"),
        h(
          "div",
          { class: "tools" },
          h("span", { class: "field" }, "Class", this.classes.element),
          tableMenu("Groups", () => this.frame && groupsTable(this.frame)),
        ),
      ),
      this.sentence,
      this.body,
    );
  }

  show(snapshot: RunSnapshot, split: Split): void {
    // Another run may have other classes.
    if (snapshot.runFolder !== this.runFolder) this.label = allClasses;
    this.runFolder = snapshot.runFolder;
    const label = this.label === allClasses ? null : Number(this.label);
    this.frame = groupFrame(snapshot, split, label);
    this.element.hidden = this.frame === null;
    if (this.frame === null) return;
    const classes = snapshot.result?.classes ?? [];
    const each = classes.map((_, index) => ({ value: `${index}`, label: className(classes, index) }));
    this.classes.update([{ value: allClasses, label: "All together" }, ...each], this.label);
    setText(this.sentence, groupsSentence(this.frame));
    const drawn = JSON.stringify(this.frame);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.body.replaceChildren(frameElement(this.frame));
  }
}
