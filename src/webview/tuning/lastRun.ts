/** How the last run ended: the decision first, why, and what can be done about it. */
import type { TuningState } from "../../protocol/tuning.ts";
import { h, setText } from "../shared/dom.ts";
import { send } from "./host.ts";
import { type IconName, icon } from "./icons.ts";
import { link } from "./link.ts";

type Last = NonNullable<TuningState["last"]>;

const icons: Record<Last["kind"], IconName> = {
  done: "check",
  unproven: "question",
  unsatisfied: "warning",
  failed: "error",
  cancelled: "circle",
};

export class LastRun {
  readonly element: HTMLElement;
  readonly #sign = h("span", { class: "sign" });
  readonly #title = h("span", {});
  readonly #why = h("p", { class: "why" });
  readonly #detail = h("p", { class: "sentence" });
  readonly #spoken = h("p", { class: "unseen", role: "status" });
  readonly #actions = h("p", { class: "links" });
  readonly #links = h(
    "p",
    { class: "links" },
    link("Show recall", () => this.#showPanel("recall")),
    link("Show gain", () => this.#showPanel("gain")),
  );
  readonly #log = h(
    "p",
    { class: "links" },
    link("Show log", () => send({ type: "command", command: "showLog" })),
  );
  readonly #card = h(
    "section",
    { class: "last", "aria-label": "Last run", "data-testid": "last-run" },
    h("p", { class: "claim" }, this.#sign, this.#title),
    this.#why,
    this.#detail,
    this.#actions,
    this.#links,
    this.#log,
  );
  #runFolder: string | null = null;
  #actionsKey = "";
  #kind: Last["kind"] | null = null;

  constructor() {
    this.element = h("div", {}, this.#spoken, this.#card);
  }

  show({ last, progress }: Pick<TuningState, "last" | "progress">): void {
    this.element.hidden = last === null || progress !== null;
    if (last && !progress) this.#showLast(last);
  }

  #showLast({ kind, checkpoint, text, why, detail, runFolder, actions }: Last): void {
    this.#runFolder = runFolder;
    if (kind !== this.#kind) {
      this.#kind = kind;
      this.#card.className = `last ${kind}`;
      this.#sign.replaceChildren(icon(icons[kind]));
    }
    const title = checkpoint === "" ? text : `${checkpoint}: ${text}`;
    if (this.#title.textContent !== title) setText(this.#spoken, title);
    setText(this.#title, title);
    setText(this.#why, why);
    this.#why.hidden = why === "";
    setText(this.#detail, detail);
    this.#links.hidden = runFolder === null || kind === "failed";
    this.#log.hidden = kind !== "failed";
    this.#showActions(actions);
  }

  /** Drawn anew only when they are others, so that the focus stays. */
  #showActions(actions: Last["actions"]): void {
    const key = JSON.stringify(actions);
    if (key === this.#actionsKey) return;
    this.#actionsKey = key;
    this.#actions.hidden = actions.length === 0;
    this.#actions.replaceChildren(
      ...actions.map(({ action, label }) =>
        link(label, () => {
          if (this.#runFolder !== null) send({ type: "run", action, runFolder: this.#runFolder });
        }),
      ),
    );
  }

  #showPanel(panel: "gain" | "recall"): void {
    if (this.#runFolder !== null) send({ type: "show", panel, runFolder: this.#runFolder });
  }
}
