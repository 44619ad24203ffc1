/** The recall panel: what got better, what it cost, how sure that is, and whether a simple fix would have done as well. */
import { metricName, type ReportedId, reportedIds } from "../../metrics/catalogue.ts";
import { type Answer, headline } from "../../words/headline.ts";
import "../shared/strictPolicy.ts";
import "../shared/panel.css";
import type { RunSnapshot, ShownPoint } from "../../protocol/panels.ts";
import type { EvaluationRecord } from "../../protocol/records.ts";
import { compare } from "../../words/comparison.ts";
import { capital } from "../../words/names.ts";
import { type Split, valueIn } from "../../words/sets.ts";
import { bareText, regionOf, regionTones, sweepSet } from "../../words/sweep.ts";
import { keepsHead, standingText } from "../../words/use.ts";
import { type ConfusionView, confusionPicture, confusionViews } from "../model/confusion.ts";
import { coveragePicture } from "../model/coverage.ts";
import { comparisonOf } from "../model/frontier.ts";
import { knownMetrics } from "../model/knownMetrics.ts";
import { controlsPicture, metricsPicture } from "../model/methods.ts";
import { notes } from "../model/notes.ts";
import { objectivePicture } from "../model/progress.ts";
import { recallPicture } from "../model/recall.ts";
import { type Sorting, sortings } from "../model/sorting.ts";
import { MatrixView } from "../pictures/matrixView.ts";
import { h, setChildren, setText } from "../shared/dom.ts";
import { Figure } from "../shared/figure.ts";
import { isHighContrast } from "../shared/palette.ts";
import { commandButton, openPanel, type PanelContent, type PanelContext } from "../shared/panel.ts";
import { remember } from "../shared/remember.ts";
import { alternatives, button, dropdown } from "../shared/toolkit.ts";
import { RunExport } from "./exportRun.ts";
import { GroupsSection } from "./groupsSection.ts";

/** Stands for the objective of a run that is no metric of the catalogue. */
const ofRun = "objective" as const;
type RankedBy = ReportedId | typeof ofRun;

const splits = [
  { value: "test", label: "Test" },
  { value: "validation", label: "Validation" },
] as const;

function isMeasured(evaluation: EvaluationRecord, objective: string): boolean {
  return !Number.isNaN(valueIn(evaluation, objective));
}

function answerElement({ lead, text }: Answer): HTMLElement {
  return h("div", {}, h("dt", {}, lead), h("dd", {}, text));
}

function makeRecallPanel(context: PanelContext): PanelContent {
  const names = <T extends string>(choices: readonly { value: T }[]) => choices.map((choice) => choice.value);
  const keep = (name: string) => (value: string) => {
    context.keep(name, value);
    context.refresh();
  };
  const { palette } = context;
  const split = alternatives<Split>(
    "Measured on",
    splits,
    context.choice("split", names(splits), "test"),
    keep("split"),
  );
  const sorting = dropdown<Sorting>(
    "Sort by",
    sortings,
    context.choice("sorting", names(sortings), "worstBefore"),
    keep("sorting"),
  );
  const metricChoices = [
    { value: ofRun, label: "The objective" },
    ...reportedIds.map((metric) => ({ value: metric, label: capital(metricName(metric)) })),
  ];
  // Until the user chooses, controls are ranked by what the run was tuned for.
  const firstMetric = context.choice<RankedBy>("controlMetric", [ofRun, ...reportedIds], "minRecall");
  let metricChosen = context.choice("metricChosen", ["yes", "no"], "no") === "yes";
  const metric = dropdown<RankedBy>("Rank by", metricChoices, firstMetric, (value) => {
    metricChosen = true;
    context.keep("metricChosen", "yes");
    keep("controlMetric")(value);
  });
  const view = alternatives<ConfusionView>(
    "Confusion shown",
    confusionViews,
    context.choice("confusion", names(confusionViews), "difference"),
    keep("confusion"),
  );
  const matrixView = new MatrixView();

  const recall = new Figure({ title: "Recall per class", palette, tools: [sorting.element] });
  recall.element.classList.add("wide");
  const metrics = new Figure({ title: "Headline metrics", palette });
  metrics.element.classList.add("wide");
  const controls = new Figure({ title: "SelMix beside its controls", palette, tools: [metric.element] });
  const coverage = new Figure({ title: "Coverage per class", palette });
  const confusion = new Figure({ title: "Confusion", palette, tools: [view.element] });
  const objective = new Figure({ title: "Objective over the run", palette });
  const groups = new GroupsSection(() => context.refresh());
  const figures = [recall, metrics, controls, coverage, confusion, objective];

  const rememberConfusion = remember<ReturnType<typeof confusionPicture>>();
  const runExport = new RunExport(context.store);
  const exports = h(
    "span",
    { class: "actions" },
    button("Save report", () => runExport.report(split.value), { title: "The whole run as one HTML file" }),
    button("Copy model card", () => runExport.copyModelCard(split.value), {
      title: "A section for a model card, in Markdown",
    }),
  );
  const claim = h("p", { class: "claim" });
  const use = commandButton("Use this run…", "useRun");
  const discard = commandButton("Discard this run", "discardRun");
  const standing = h("span", { role: "status" });
  const choice = h("div", { class: "actions" }, use, discard, standing);
  const meaning = h("p", { class: "meaning" });
  const answers = h("dl", { class: "answers" });
  const cautions = h("div");
  const noteList = h("ul");
  const choices = h("div", { class: "choices" }, split.element);
  const origin = h(
    "section",
    { class: "notes", "aria-label": "How this run came about" },
    h("h2", {}, "How this run came about"),
    noteList,
  );
  const element = h(
    "div",
    {},
    h("section", { class: "headline", "aria-label": "In short" }, claim, choice, meaning, answers, cautions),
    choices,
    h(
      "div",
      { class: "figures" },
      recall.element,
      groups.element,
      ...figures.slice(1).map((figure) => figure.element),
    ),
    origin,
  );

  const render = (snapshot: RunSnapshot) => {
    const comparison = compare(snapshot, split.value);
    const summary = headline(snapshot, split.value);
    if (comparison === null || summary === null) return;
    setText(claim, summary.claim);
    claim.dataset.tone = summary.tone ?? "none";
    const { run, result } = snapshot;
    choice.hidden = result === null;
    use.hidden = !result?.verdict || !keepsHead(result.verdict) || snapshot.inPlace === true;
    discard.hidden = (run.copies ?? []).length === 0;
    setText(standing, standingText(run));
    setText(meaning, summary.meaning);
    const told = summary.answers.map(({ lead, text }) => `${lead} ${text}`);
    setChildren(answers, told, (_, at) => answerElement(summary.answers[at] ?? { lead: "", text: "" }));
    setChildren(cautions, summary.cautions, (caution) => h("p", { class: "caution" }, caution));
    exports.hidden = snapshot.result === null;
    choices.hidden = snapshot.result?.after.test == null;
    const hasOwn =
      snapshot.result !== null && isMeasured(snapshot.result.after.validation, snapshot.run.objective);
    const tunedFor = reportedIds.find((id) => id === snapshot.run.objective) ?? (hasOwn ? ofRun : undefined);
    metric.offer([...(tunedFor === ofRun ? [ofRun] : []), ...knownMetrics([snapshot])]);
    if (!metricChosen && tunedFor !== undefined && metric.value !== tunedFor) metric.set(tunedFor);
    const rankedBy = metric.value === ofRun ? snapshot.run.objective : metric.value;
    recall.show(recallPicture(comparison, sorting.value));
    groups.show(snapshot, split.value);
    metrics.show(metricsPicture(comparison, snapshot.run.objective));
    controls.show(
      snapshot.result === null ? null : controlsPicture(snapshot.result, comparison.split, rankedBy),
    );
    coverage.show(coveragePicture(snapshot, comparison, sorting.value));
    const strokes = isHighContrast(palette());
    const confusionInputs = [snapshot.confusion, comparison.split, view.value, sorting.value, strokes];
    confusion.show(
      rememberConfusion(confusionInputs, () =>
        confusionPicture(snapshot, comparison, view.value, sorting.value, matrixView, strokes),
      ),
    );
    objective.show(objectivePicture(snapshot));
    origin.hidden = false;
    setChildren(noteList, notes(snapshot), (line) => h("li", {}, line));
  };

  /** Of a point that keeps no run of its own: its verdict and its recalls, which is all that a sweep writes of it. */
  const renderBare = ({ sweep }: ShownPoint) => {
    const [point] = sweep.points;
    if (point === undefined) return;
    const hasTest = sweepSet(sweep) === "test";
    const comparison = comparisonOf(sweep, point, hasTest ? split.value : "validation");
    for (const figure of figures) figure.show(null);
    recall.show(comparison && recallPicture(comparison, sorting.value));
    for (const part of [groups.element, origin]) part.hidden = true;
    choices.hidden = !hasTest;
    setText(claim, point.verdict.sentence);
    claim.dataset.tone = regionTones[regionOf(point)];
    choice.hidden = true;
    setText(meaning, bareText(sweep));
    setChildren(answers, [], () => h("div"));
    setChildren(cautions, [], () => h("p"));
  };

  const renderPoint = (point: ShownPoint) => {
    if (point.run === null) return renderBare(point);
    render(point.run);
    choice.hidden = true;
  };

  return {
    element,
    actions: [
      commandButton("Why: gain panel", "showGainPanel"),
      commandButton("Compare runs", "compareRuns"),
      exports,
    ],
    changed: (change) => {
      if (change === "gain") runExport.gainCame();
    },
    render,
    renderPoint,
    themeChanged: () => {
      for (const figure of figures) figure.redraw();
    },
  };
}

openPanel("Recall", makeRecallPanel);
