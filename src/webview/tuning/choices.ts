/** What is chosen: configuration, checkpoint, objective, constraints, auto-retune, and what computes. */
import { objectiveId, type VerdictStatus } from "../../protocol/records.ts";
import type { TuningState } from "../../protocol/tuning.ts";
import { statusMark } from "../../words/constraints.ts";
import { capital } from "../../words/names.ts";
import { h, setText } from "../shared/dom.ts";
import { checkbox, type Picker, picker } from "../shared/toolkit.ts";
import { BackendRow } from "./backendRow.ts";
import { send } from "./host.ts";
import { icon } from "./icons.ts";

const newest = "";

export class Choices {
  readonly element: HTMLElement;
  readonly #configuration = picker("Configuration", (path) => send({ type: "configuration", path }));
  readonly #checkpoint = picker("Checkpoint", (path) =>
    send({ type: "checkpoint", path: path === newest ? null : path }),
  );
  readonly #objective = picker("Objective", (value) => {
    const objective = objectiveId.safeParse(value);
    if (objective.success) send({ type: "objective", objective: objective.data });
  });
  readonly #sentence = h("p", { class: "sentence", id: "objective-sentence" });
  readonly #constraints = h("ul", { class: "constraints" });
  readonly #autoRetune = checkbox("Retune whenever a checkpoint is saved", (on) =>
    send({ type: "autoRetune", on }),
  );
  readonly #configurationRow: HTMLElement;
  /** Scores are one, and stand where selmix.json says. */
  readonly #checkpointRow: HTMLElement;
  readonly #backend = new BackendRow(
    small(["Choose backend"], "Choose backend", () => send({ type: "command", command: "chooseBackend" })),
  );
  #constraintKey: string | null = null;

  constructor() {
    this.#configurationRow = row("Configuration", this.#configuration);
    this.#checkpointRow = row("Checkpoint", this.#checkpoint);
    this.#objective.element.setAttribute("aria-describedby", "objective-sentence");
    const add = small([icon("add"), "Add constraint"], "Add constraint", () =>
      send({ type: "command", command: "addConstraint" }),
    );
    add.dataset.testid = "add-constraint";
    const sweep = small([icon("curve"), "Sweep a bound"], "Sweep a bound: what does it cost?", () =>
      send({ type: "command", command: "sweepBound" }),
    );
    sweep.dataset.testid = "sweep-bound";
    const grid = small([icon("grid"), "Sweep a grid"], "Sweep a grid: objectives, checkpoints, seeds", () =>
      send({ type: "command", command: "sweepGrid" }),
    );
    grid.dataset.testid = "sweep-grid";
    this.#autoRetune.element.dataset.testid = "auto-retune";
    this.element = h(
      "div",
      { class: "choices" },
      this.#configurationRow,
      this.#checkpointRow,
      row("Objective", this.#objective, this.#sentence),
      h(
        "section",
        { class: "row", "aria-label": "Constraints" },
        h("span", { class: "label" }, "Constraints"),
        this.#constraints,
        h("div", { class: "links" }, add, sweep, grid),
      ),
      h("div", { class: "row" }, this.#autoRetune.element),
      this.#backend.element,
    );
  }

  show(state: TuningState): void {
    const { configuration, configurations, checkpoints, objectives, ofScores } = state;
    if (!configuration) return;
    this.#checkpointRow.hidden = ofScores;
    this.#configurationRow.hidden = configurations.length < 2;
    this.#configuration.update(
      configurations.map(({ path, name }) => ({ value: path, label: name })),
      configuration.path,
    );
    const [first] = checkpoints;
    this.#checkpoint.update(
      [
        { value: newest, label: first ? `Newest: ${first.name}` : "None yet" },
        ...checkpoints.map(({ path, name, detail }) => ({ value: path, label: `${name}, ${detail}` })),
      ],
      state.checkpoint ?? newest,
    );
    this.#objective.update(
      objectives.map(({ id, name }) => ({ value: id, label: capital(name) })),
      configuration.objective,
    );
    setText(this.#sentence, objectives.find(({ id }) => id === configuration.objective)?.sentence ?? "");
    this.#showConstraints(configuration.constraints);
    this.#autoRetune.set(configuration.autoRetune);
    this.#backend.show(state.backend);
  }

  #showConstraints(constraints: NonNullable<TuningState["configuration"]>["constraints"]): void {
    const key = JSON.stringify(constraints);
    if (key === this.#constraintKey) return;
    this.#constraintKey = key;
    this.#constraints.hidden = constraints.length === 0;
    this.#constraints.replaceChildren(
      ...constraints.map(({ text, status }, index) =>
        h(
          "li",
          { class: "constraint" },
          mark(status),
          h("span", { class: "text" }, text),
          small([icon("curve")], `Sweep: ${text}`, () => send({ type: "sweepConstraint", index })),
          small([icon("edit")], `Edit: ${text}`, () => send({ type: "editConstraint", index })),
          small([icon("close")], `Remove: ${text}`, () => send({ type: "removeConstraint", index })),
        ),
      ),
    );
  }
}

function row(label: string, { element }: Picker, ...more: HTMLElement[]): HTMLElement {
  element.dataset.testid = label.toLowerCase();
  return h(
    "div",
    { class: "row" },
    h("span", { class: "label", "aria-hidden": "true" }, label),
    element,
    ...more,
  );
}

/** Told by shape, which every theme shows. */
function mark(status: VerdictStatus | null): HTMLElement {
  const { mark: sign, word } = statusMark(status);
  const icons = { "✓": "check", "✗": "close", "○": "circle" } as const;
  return h("span", { class: "mark", role: "img", "aria-label": word, title: word }, icon(icons[sign]));
}

function small(label: readonly (Node | string)[], description: string, run: () => void): HTMLElement {
  return h(
    "button",
    { class: "plain link", type: "button", "aria-label": description, title: description, click: run },
    ...label,
  );
}
