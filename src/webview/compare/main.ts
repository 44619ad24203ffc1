/** The compare panel: two to six runs side by side. */
import { metricName, type ReportedId, reportedIds } from "../../metrics/catalogue.ts";
import "../shared/strictPolicy.ts";
import "../shared/panel.css";
import type { ToPanel } from "../../protocol/panels.ts";
import { capital } from "../../words/names.ts";
import type { Split } from "../../words/sets.ts";
import { differencesSentence, differencesTable } from "../model/differences.ts";
import { knownMetrics } from "../model/knownMetrics.ts";
import { nameRuns } from "../model/namedRuns.ts";
import { runsGroupsTable } from "../model/runGroups.ts";
import { runsHeadline, runsMetricsTable } from "../model/runs.ts";
import { runsRecallPicture } from "../model/runsRecall.ts";
import { runsScatter } from "../model/runsScatter.ts";
import { h, setText } from "../shared/dom.ts";
import { Figure } from "../shared/figure.ts";
import { onceAFrame } from "../shared/frames.ts";
import { keepState, keptState, listen, send } from "../shared/host.ts";
import { commandButton } from "../shared/panel.ts";
import type { Table } from "../shared/picture.ts";
import { RunStore } from "../shared/runStore.ts";
import { tableMenu } from "../shared/saving.ts";
import { tableView } from "../shared/tableView.ts";
import { onThemeChange, readPalette } from "../shared/theme.ts";
import { alternatives, dropdown } from "../shared/toolkit.ts";

const fewestRuns = 2;
const metricChoices = reportedIds.map((metric) => ({ value: metric, label: capital(metricName(metric)) }));
const splitChoices = [
  { value: "test", label: "Test" },
  { value: "validation", label: "Validation" },
] as const;

let palette = readPalette();
let stores: RunStore[] = [];
const loading = "Asking for the runs.";
let problem = loading;
const kept = keptState();

function chosen<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
  return allowed.find((each) => each === kept.view[name]) ?? fallback;
}

function keep(name: string) {
  return (value: string) => {
    kept.view[name] = value;
    keepState(kept);
    refresh();
  };
}

const split = alternatives<Split>(
  "Measured on",
  splitChoices,
  chosen("split", ["test", "validation"], "test"),
  keep("split"),
);
const xMetric = dropdown<ReportedId>(
  "Across",
  metricChoices,
  chosen("x", reportedIds, "meanRecall"),
  keep("x"),
);
const yMetric = dropdown<ReportedId>("Up", metricChoices, chosen("y", reportedIds, "minRecall"), keep("y"));
const recall = new Figure({ title: "Recall per class", palette: () => palette });
const scatter = new Figure({
  title: "Two metrics",
  palette: () => palette,
  tools: [xMetric.element, yMetric.element],
});
recall.element.classList.add("wide");

/** A table that is a figure of its own. */
function tableFigure(title: string) {
  const body = h("div");
  let table: Table | null = null;
  const head = h(
    "div",
    { class: "figure-head" },
    h("h2", {}, title),
    h(
      "div",
      { class: "tools" },
      tableMenu(title, () => table),
    ),
  );
  return {
    element: h("section", { class: "figure wrapped", "aria-label": title }, head, body),
    show(next: Table) {
      if (JSON.stringify(next) === JSON.stringify(table)) return;
      table = next;
      this.redraw();
    },
    redraw() {
      if (table === null) return;
      body.replaceChildren(
        table.rows.length === 0
          ? h("p", { class: "sentence" }, `${table.caption}.`)
          : tableView(table, palette),
      );
    },
  };
}

const metrics = tableFigure("Headline metrics");
const groups = tableFigure("Groups");
const differences = tableFigure("What differed");
groups.element.classList.add("wide");
metrics.element.classList.add("wide");
const claim = h("p", { class: "claim" });
const details = h("p");
const content = h(
  "div",
  { hidden: true },
  h("section", { class: "headline", "aria-label": "In short" }, claim, details),
  h("div", { class: "choices" }, split.element),
  h(
    "div",
    { class: "figures" },
    recall.element,
    metrics.element,
    groups.element,
    scatter.element,
    differences.element,
  ),
);
const emptyText = h("p");
const empty = h(
  "div",
  { class: "empty", role: "status" },
  h("h2", {}, "Nothing to compare yet"),
  emptyText,
  h("div", { class: "actions" }, commandButton("Choose runs", "compareRuns", true)),
);
const app = document.getElementById("app") ?? document.body;
app.append(
  h(
    "header",
    { class: "page-head" },
    h("div", {}, h("h1", {}, "Compare runs")),
    h("div", { class: "actions" }, commandButton("Choose other runs", "compareRuns")),
  ),
  h("main", {}, empty, content),
);

function render(): void {
  const snapshots = stores.flatMap((store) => (store.snapshot === null ? [] : [store.snapshot]));
  const enough = snapshots.length >= fewestRuns;
  empty.hidden = enough;
  content.hidden = !enough;
  app.dataset.state = enough ? "shown" : "empty";
  setText(emptyText, problem);
  if (!enough) return;
  const runs = nameRuns(snapshots);
  const headline = runsHeadline(runs, split.value);
  setText(claim, headline.claim);
  setText(details, [...headline.details, differencesSentence(runs)].join(" "));
  recall.show(runsRecallPicture(runs, split.value));
  metrics.show(runsMetricsTable(runs, split.value));
  const byGroup = runsGroupsTable(runs, split.value);
  groups.element.hidden = byGroup.rows.length === 0;
  groups.show(byGroup);
  differences.show(differencesTable(runs));
  for (const metric of [xMetric, yMetric]) metric.offer(knownMetrics(snapshots));
  scatter.show(runsScatter(runs, xMetric.value, yMetric.value, split.value));
}

const refresh = onceAFrame(render);

function receive(message: ToPanel): void {
  if (message.type === "runs") {
    stores = message.runs.map((snapshot) => {
      const store = new RunStore();
      store.receive({ type: "snapshot", snapshot }, Date.now());
      return store;
    });
    problem = message.runs.length < fewestRuns ? "Choose two to six runs; fewer than two could be read." : "";
    kept.runFolders = message.runs.map((snapshot) => snapshot.runFolder);
    keepState(kept);
  } else if (message.type === "empty") {
    stores = [];
    problem = message.message;
  } else if (message.type === "sent") {
    if (stores.length === 0 && problem === loading) send({ type: "ready" });
  } else {
    const changes = stores.map((store) => store.receive(message, Date.now()));
    if (changes.includes("gap")) send({ type: "ready" });
    if (changes.every((change) => change === "none")) return;
  }
  refresh();
}

onThemeChange(() => {
  palette = readPalette();
  for (const figure of [recall, scatter, metrics, groups, differences]) figure.redraw();
});
listen(receive);
render();
