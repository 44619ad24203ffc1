/** The frontier panel: what a bound costs the objective, point by point, who pays for each, and the one to be used. */
import "../shared/strictPolicy.ts";
import "../shared/panel.css";
import "./frontier.css";
import type { FrontierState, SweepRecord } from "../../protocol/sweep.ts";
import { capital } from "../../words/names.ts";
import { duration } from "../../words/numbers.ts";
import { stateNames } from "../../words/runs.ts";
import type { Split } from "../../words/sets.ts";
import { cautionsOf, pointText, regionOf, sweepSet, sweepSubject } from "../../words/sweep.ts";
import { comparisonOf, frontierPicture, placeOf } from "../model/frontier.ts";
import { recallPicture } from "../model/recall.ts";
import { h, setChildren, setText } from "../shared/dom.ts";
import { Figure } from "../shared/figure.ts";
import { onceAFrame } from "../shared/frames.ts";
import { whenSeenAgain } from "../shared/line.ts";
import { onThemeChange, readPalette } from "../shared/theme.ts";
import { alternatives, button, picker } from "../shared/toolkit.ts";
import { keep, kept, listen, post } from "./host.ts";
import { PointSection } from "./pointSection.ts";

let palette = readPalette();
let state: FrontierState | null = null;
const before = kept();
/** The point that is looked at, in the order of the sweep; null until one was chosen. */
let chosen: number | null = before?.point ?? null;
let shownFolder = before?.folder ?? null;

const set = alternatives<Split>(
  "Measured on",
  [
    { value: "validation", label: "Validation, which chose the heads" },
    { value: "test", label: "Test" },
  ],
  before?.set ?? "validation",
  () => refresh(),
);
const sweeps = picker("Sweep", (folder) => post({ type: "choose", folder }));
const another = button("Sweep a bound…", () => post({ type: "sweep" }));
const stop = button("Stop", () => post({ type: "stop" }));
stop.dataset.testid = "stop-sweep";
const what = h("p");
const standing = h("span", { role: "status" });
const bar = h("progress", { "aria-label": "Progress of the sweep" });
const empty = h("div", { class: "empty", role: "status" });
const banner = h("div", { class: "banner failed", role: "alert", hidden: true });
const slider = h("input", {
  type: "range",
  min: "1",
  step: "1",
  class: "along",
  input: () => follow(placed(Number(slider.value) - 1)),
});
const curve = new Figure({
  title: "What the bound costs",
  palette: () => palette,
  tools: [set.element],
  follow: (place) => follow(placed(place)),
});
const recall = new Figure({ title: "Recall per class", palette: () => palette });
const point = new PointSection();
const notes = h("ul");
for (const figure of [curve, recall]) figure.element.classList.add("wide");
const along = h("label", { class: "along-row" }, h("span", {}, "Along the curve"), slider);
const content = h(
  "div",
  {},
  h("div", { class: "figures" }, curve.element),
  along,
  point.element,
  h("div", { class: "figures" }, recall.element),
  h(
    "section",
    { class: "notes", "aria-label": "What is to be known" },
    h("h2", {}, "What is to be known"),
    notes,
  ),
);
const app = document.getElementById("app") ?? document.body;
app.append(
  h(
    "header",
    { class: "page-head" },
    h("div", {}, h("h1", {}, "Frontier"), what, h("p", { class: "status" }, standing)),
    h("div", { class: "actions" }, sweeps.element, bar, stop, another),
  ),
  h("main", {}, banner, empty, content),
);

/** A place from left to right as a point in the order of the sweep, and the other way round. */
function placed(place: number): number {
  const sweep = state?.sweep;
  return sweep ? placeOf(sweep, place) : place;
}

function follow(next: number): void {
  if (next === chosen) return;
  chosen = next;
  look();
  refresh();
}

/** The strictest bound that is kept, until the user chooses another. */
function firstShown({ points }: SweepRecord): number {
  return Math.max(
    0,
    points.findLastIndex((one) => regionOf(one) === "keeps"),
  );
}

const refresh = onceAFrame(render);
/** Has an open recall panel follow: once a frame, for a drag goes through many points in one. */
const look = onceAFrame(() => {
  const folder = state?.folder ?? null;
  if (folder !== null && chosen !== null) post({ type: "look", folder, point: chosen });
});

function render(): void {
  if (state === null) return;
  const { sweep, folder, progress, error } = state;
  sweeps.element.hidden = state.sweeps.length < 2;
  sweeps.update(
    state.sweeps.map(({ folder: value, name }) => ({ value, label: name })),
    folder ?? "",
  );
  stop.hidden = progress === null;
  bar.hidden = progress === null;
  if (progress !== null) {
    bar.max = Math.max(1, progress.steps);
    bar.value = progress.step;
    stop.toggleAttribute("disabled", progress.stopping);
  }
  another.hidden = !state.trusted || progress !== null;
  banner.hidden = error === null;
  setText(banner, error ?? "");
  const hasPoints = sweep !== null && sweep.points.length > 0;
  content.hidden = !hasPoints;
  empty.hidden = hasPoints;
  setText(empty, hasPoints ? "" : emptyText(state));
  setText(what, sweep === null ? "" : sweepSubject(sweep));
  setText(standing, sweep === null ? "" : stateText(sweep, progress));
  if (hasPoints && folder !== null) show(sweep, folder, state.trusted);
  app.dataset.state = hasPoints ? "shown" : "empty";
}

function show(sweep: SweepRecord, folder: string, trusted: boolean): void {
  const last = sweep.points.length - 1;
  const at = Math.min(last, chosen ?? firstShown(sweep));
  const hasTest = sweepSet(sweep) === "test";
  const on = hasTest ? set.value : "validation";
  set.element.hidden = !hasTest;
  curve.show(frontierPicture(sweep, on, at));
  slider.max = String(last + 1);
  slider.value = String(placeOf(sweep, at) + 1);
  const current = sweep.points[at];
  if (current === undefined) return;
  slider.setAttribute("aria-valuetext", pointText(sweep, current, at + 1));
  point.show(sweep, folder, at, on, trusted);
  const comparison = comparisonOf(sweep, current, on);
  recall.show(comparison && recallPicture(comparison, "worstBefore"));
  setChildren(notes, [...cautionsOf(sweep), ...sweep.warnings], (line) => h("li", {}, line));
  keep({ folder, point: at, set: on });
}

function stateText({ state: is, seconds, error }: SweepRecord, progress: FrontierState["progress"]): string {
  if (progress !== null) return progress.stopping ? "Stopping" : capital(progress.message);
  if (is === "done") return `Done in ${duration(seconds)}`;
  return error ?? capital(stateNames[is]);
}

function emptyText({ sweep, progress, trusted }: FrontierState): string {
  if (progress !== null) return "The first points are on their way.";
  if (sweep !== null) return sweep.error ?? "The sweep ended before its first point.";
  return trusted
    ? "No sweep yet: choose a bound, and what it costs the objective shows here, value by value."
    : "No sweep yet, and SelMix computes nothing in a workspace that is not trusted.";
}

onThemeChange(() => {
  palette = readPalette();
  for (const figure of [curve, recall]) figure.redraw();
});
whenSeenAgain(() => post({ type: "ready" }));
listen(({ state: next }) => {
  // Another sweep is looked at from its own best point on.
  if (next.folder !== shownFolder) chosen = null;
  shownFolder = next.folder;
  state = next;
  refresh();
});
