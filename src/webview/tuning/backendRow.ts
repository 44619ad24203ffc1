/** What computes and why, and an installation of another backend while it runs or when it failed. */
import type { TuningState } from "../../protocol/tuning.ts";
import { backendText } from "../../words/runs.ts";
import { h, setText } from "../shared/dom.ts";
import { Track } from "./track.ts";

type Backend = TuningState["backend"];

export class BackendRow {
  readonly element: HTMLElement;
  readonly #name = h("p", { class: "value" });
  readonly #why = h("p", { class: "sentence" });
  readonly #message = h("p", { class: "message", role: "status" });
  readonly #track = new Track("Progress of the installation");
  readonly #install = h(
    "div",
    { class: "progress", "data-testid": "install" },
    this.#message,
    this.#track.element,
  );

  constructor(choose: HTMLElement) {
    this.element = h(
      "section",
      { class: "row", "aria-label": "Backend", "data-testid": "backend" },
      h("span", { class: "label" }, "Backend"),
      this.#name,
      this.#why,
      this.#install,
      choose,
    );
  }

  show(backend: Backend): void {
    setText(this.#name, nameOf(backend));
    setText(this.#why, whyOf(backend));
    this.#showInstall(backend.install);
  }

  #showInstall(install: Backend["install"]): void {
    this.#install.hidden = install === null;
    if (install === null) return;
    const { packageName, message, step, steps, failed } = install;
    setText(this.#message, failed ? message : `Installing ${packageName}: ${message}`);
    this.#install.classList.toggle("failed", failed);
    this.#track.element.hidden = failed;
    this.#track.show(step, steps, message);
  }
}

function nameOf({ setting, last }: Backend): string {
  if (setting === "auto") return last ? backendText(last, "narrow") : "Chosen for each job";
  return last?.name === setting ? backendText(last, "narrow") : setting;
}

function whyOf({ setting, last }: Backend): string {
  if (setting === "auto") {
    return last
      ? `In the last run: ${sentence(last.why)}`
      : "The fastest that works here, from the first run on.";
  }
  return last && last.name !== setting ? `Chosen by you. The last run used ${last.name}.` : "Chosen by you.";
}

/** One full stop at the end. */
function sentence(text: string): string {
  return text.replace(/\.?$/, ".");
}
