/** The page of a checkpoint: which tensor is the head and why, its classes, and every tensor, searched. Nothing is changed here. */
import "../shared/strictPolicy.ts";
import "../shared/panel.css";
import "./checkpoint.css";
import type { CheckpointAction } from "../../protocol/checkpointPage.ts";
import type { JobResult } from "../../protocol/engine.ts";
import { bytes, count, counted } from "../../words/numbers.ts";
import { h, setText } from "../shared/dom.ts";
import { button } from "../shared/toolkit.ts";
import { listen, post } from "./host.ts";
import { type Branch, found, type Tensor, treeOf } from "./tree.ts";
import { fileSentence, headSentence, normsSentence, tensorSentence } from "./words.ts";

/** So few tensors are all shown at once; larger trees open by a click, or by what is looked for. */
const allOpen = 40;
const rowsAtOnce = 400;

let inspected: JobResult<"inspect"> | null = null;
/** What was said of a tensor's numbers, or is waited for. */
const told = new Map<string, string>();
const places = new Map<string, HTMLElement>();

const title = h("h1", {}, "Checkpoint");
const about = h("p");
const actions = h("div", { class: "actions" });
const problem = h("p", { class: "caution", hidden: true, role: "alert" });
const head = h("p", { class: "head-line" });
const notes = h("ul");
const hook = h("div", { class: "hook", hidden: true });
const norms = h("div");
const search = h("input", {
  type: "search",
  class: "search",
  placeholder: "Find tensors by name, shape or type",
  "aria-label": "Find tensors",
  input: () => renderTree(),
});
const matches = h("p", { class: "sentence", role: "status" });
const tree = h("div", { class: "tree" });
const content = h(
  "main",
  { hidden: true },
  h("section", { class: "figure", "aria-label": "Head" }, h("h2", {}, "Head"), head, notes, hook, norms),
  h(
    "section",
    { class: "figure", "aria-label": "Tensors" },
    h("div", { class: "figure-head" }, h("h2", {}, "Tensors"), search),
    matches,
    tree,
  ),
);
const waiting = h("p", { class: "empty", role: "status" }, "Reading the structure of the file.");
const app = document.getElementById("app") ?? document.body;
app.append(
  h("header", { class: "page-head" }, h("div", {}, title, about), actions),
  problem,
  waiting,
  content,
);

function tensorElement(label: string, tensor: Tensor): HTMLElement {
  const { name, shape, type } = tensor;
  const isHead = inspected?.head != null && (name === inspected.head.weight || name === inspected.head.bias);
  const numbers = h("div", { class: "note" }, told.get(name) ?? "");
  places.set(name, numbers);
  const ask = () => {
    if (told.has(name)) return;
    told.set(name, "Reading its numbers.");
    setText(numbers, "Reading its numbers.");
    post({ type: "tensor", tensor: name });
  };
  return h(
    "div",
    { class: "leaf" },
    h(
      "button",
      {
        type: "button",
        class: "plain leaf-line",
        title: `${name}: show what its numbers are like`,
        click: ask,
      },
      h("span", { class: isHead ? "leaf-name is-head" : "leaf-name" }, isHead ? `${label} (head)` : label),
      h("span", { class: "leaf-shape" }, shape.length === 0 ? "scalar" : shape.join(" × ")),
      h("span", { class: "leaf-type" }, type),
      h("span", { class: "leaf-size" }, bytes(tensor.bytes)),
    ),
    numbers,
  );
}

function branchElement(branch: Branch, open: boolean): HTMLElement {
  const details = h(
    "details",
    { open },
    h(
      "summary",
      {},
      h("span", {}, branch.label),
      h("span", { class: "note" }, ` ${counted(branch.count, "tensor")}, ${bytes(branch.bytes)}`),
    ),
  );
  // What nobody opened is not built: a checkpoint may have a hundred thousand tensors.
  let built = false;
  const build = () => {
    if (built || !details.open) return;
    built = true;
    details.append(...childrenOf(branch, open));
  };
  details.addEventListener("toggle", build);
  build();
  return details;
}

function childrenOf({ branches, tensors }: Branch, open: boolean): HTMLElement[] {
  const shown = tensors.slice(0, rowsAtOnce).map(({ label, tensor }) => tensorElement(label, tensor));
  const left = tensors.length - shown.length;
  const more = left > 0 ? [h("p", { class: "note" }, `and ${count(left)} more; look for them by name.`)] : [];
  return [...branches.map((branch) => branchElement(branch, open)), ...shown, ...more];
}

function renderTree(): void {
  if (inspected === null) return;
  const { tensors } = inspected;
  const kept = search.value.trim() === "" ? tensors : found(tensors, search.value.trim());
  const all = counted(tensors.length, "tensor");
  setText(
    matches,
    kept.length === tensors.length
      ? `${all}; a click shows what its numbers are like.`
      : `${count(kept.length)} of ${all}.`,
  );
  places.clear();
  tree.replaceChildren(...childrenOf(treeOf(kept), kept.length <= allOpen));
}

function renderHead(result: JobResult<"inspect">): void {
  setText(head, headSentence(result));
  notes.replaceChildren(...(result.headNotes ?? []).map((note) => h("li", {}, note)));
  const line = result.hook;
  hook.hidden = line === undefined;
  if (line !== undefined) {
    const copy = button("Copy", () => post({ type: "copy", text: line }), {
      title: "A line that catches what enters the head",
    });
    hook.replaceChildren(h("code", {}, line), copy);
  }
}

function renderNorms(result: JobResult<"headRows">): void {
  const longest = result.rows.reduce((most, { norm }) => Math.max(most, norm), 1e-12);
  const counted = result.rows.some(({ samples }) => samples !== null);
  const rows = result.rows.slice(0, rowsAtOnce).map(({ class: name, norm, bias, samples }) => {
    const bar = h("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = `${(100 * norm) / longest}%`;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, name),
      h("td", { class: "bars" }, bar),
      h("td", { class: "number" }, norm.toPrecision(3)),
      h("td", { class: "number" }, bias === null ? "" : bias.toPrecision(3).replace("-", "−")),
      ...(counted ? [h("td", { class: "number" }, samples === null ? "" : count(samples))] : []),
    );
  });
  const columns = ["Class", "", "Norm", "Bias", ...(counted ? ["Training samples"] : [])];
  const header = columns.map((label, at) =>
    label === "" ? h("td", {}) : h("th", { scope: "col", class: at > 0 ? "number" : "" }, label),
  );
  norms.replaceChildren(
    h("p", { class: "sentence" }, normsSentence(result)),
    h(
      "div",
      { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Classes of the head, table" },
      h("table", {}, h("thead", {}, h("tr", {}, ...header)), h("tbody", {}, ...rows)),
    ),
  );
}

function renderActions(followed: boolean): void {
  const act = (label: string, action: CheckpointAction, primary = false) =>
    button(label, () => post({ type: "act", action }), { primary });
  const own = [act("Evaluate", "evaluate"), act("Run baselines", "controls"), act("Tune", "tune", true)];
  actions.replaceChildren(...(followed ? own : []));
}

function say(tensor: string, sentence: string): void {
  told.set(tensor, sentence);
  const place = places.get(tensor);
  if (place) setText(place, sentence);
}

listen((message) => {
  switch (message.type) {
    case "inspected":
      inspected = message.inspected;
      told.clear();
      setText(title, message.name);
      setText(about, fileSentence(message.inspected, message.bytes));
      waiting.hidden = true;
      problem.hidden = true;
      content.hidden = false;
      renderActions(message.followed);
      renderHead(message.inspected);
      renderTree();
      app.dataset.state = "shown";
      break;
    case "failed":
      waiting.hidden = true;
      problem.hidden = false;
      setText(problem, message.message);
      app.dataset.state = "failed";
      break;
    case "tensor":
      say(message.told.tensor, tensorSentence(message.told));
      break;
    case "tensorFailed":
      say(message.tensor, message.message);
      break;
    case "head":
      renderNorms(message.head);
      break;
    case "headFailed":
      norms.replaceChildren(h("p", { class: "sentence" }, message.message));
      break;
  }
});
