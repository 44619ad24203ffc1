/** The gain panel: which pairs of classes are mixed, why, and whether the prediction behind it held. */
import { compareCycles } from "../../words/comparison.ts";
import { gainPerCycle } from "../../words/cycles.ts";
import "../shared/strictPolicy.ts";
import "../shared/panel.css";
import type { RunSnapshot } from "../../protocol/panels.ts";
import { type Helped, helpedClasses, helpedSentence, helpedText, partnersText } from "../model/helped.ts";
import { type MatrixKind, matrixKinds, pairsHeadline, pairsPicture } from "../model/pairs.ts";
import { type Sorting, sortings } from "../model/sorting.ts";
import { auditPicture, multipliersPicture } from "../model/steering.ts";
import { MatrixView } from "../pictures/matrixView.ts";
import { h, setText } from "../shared/dom.ts";
import { Figure } from "../shared/figure.ts";
import { isHighContrast } from "../shared/palette.ts";
import { commandButton, openPanel, type PanelContent, type PanelContext } from "../shared/panel.ts";
import { remember } from "../shared/remember.ts";
import { alternatives, dropdown } from "../shared/toolkit.ts";
import { CyclePicker } from "./cyclePicker.ts";

/** So many classes are told of, and so many partners of each; the picture has them all. */
const classesTold = 8;
const partnersTold = 3;

/** A class with what is mixed in. */
function helpedElement(helped: Helped): HTMLElement {
  return h("li", {}, helpedText(helped), h("div", { class: "note" }, partnersText(helped, partnersTold)));
}

function makeGainPanel(context: PanelContext): PanelContent {
  const { palette, store } = context;
  const keep = (name: string) => (value: string) => {
    context.keep(name, value);
    context.refresh();
  };
  const kindNames = matrixKinds.map((choice) => choice.value);
  const sortingNames = sortings.map((choice) => choice.value);
  const kind = alternatives<MatrixKind>(
    "Shown",
    matrixKinds,
    context.choice("kind", kindNames, "gain"),
    keep("kind"),
  );
  const sorting = dropdown<Sorting>(
    "Sort by",
    sortings,
    context.choice("sorting", sortingNames, "worstBefore"),
    keep("sorting"),
  );
  const matrixView = new MatrixView();
  const picker = new CyclePicker(context);
  const pairs = new Figure({ title: "Gain of class pairs", palette, tools: [kind.element, sorting.element] });
  const multipliers = new Figure({ title: "Multipliers over the run", palette });
  const audit = new Figure({ title: "Audit: predicted against measured change", palette });
  multipliers.element.classList.add("wide");

  const rememberPicture = remember<ReturnType<typeof pairsPicture>>();
  const rememberWords = remember<void>();
  const claim = h("p", { class: "claim" });
  const details = h("p");
  const problem = h("p", { class: "caution", hidden: true });
  const total = h("p", { class: "sentence" });
  const list = h("ol", { class: "pairs" });
  const best = h(
    "section",
    { class: "figure", "aria-label": "Which classes it trains" },
    h("h2", {}, "Which classes it trains"),
    total,
    list,
  );
  const element = h(
    "div",
    {},
    h("section", { class: "headline", "aria-label": "In short" }, claim, details, problem),
    picker.element,
    h(
      "div",
      { class: "figures" },
      pairs.element,
      h("div", { class: "column" }, best, audit.element),
      multipliers.element,
    ),
  );

  const renderPairs = (snapshot: RunSnapshot) => {
    const { gain, gainProblem } = store;
    const comparison = compareCycles(snapshot);
    problem.hidden = gainProblem === null;
    setText(problem, gainProblem ?? "");
    const kept = snapshot.history.some((cycle) => cycle.gainIndex !== null);
    if (gain === null || comparison === null) {
      setText(claim, kept ? "Reading the gain." : "This run kept no gain.");
      setText(
        details,
        kept ? "" : "Gain and policy are kept for as many cycles as fit a fixed size; none did here.",
      );
      pairs.show(null);
      best.hidden = true;
      return;
    }
    const strokes = isHighContrast(palette());
    // A new cycle alone moves no pair: its gain comes in a message of its own.
    const inputs = [gain, snapshot.result, kind.value, sorting.value, strokes];
    pairs.show(
      rememberPicture(inputs, () =>
        pairsPicture(snapshot, gain, comparison, kind.value, sorting.value, matrixView, strokes),
      ),
    );
    rememberWords([gain, snapshot.history.length], () => {
      const words = pairsHeadline(snapshot, gain);
      setText(claim, words.claim);
      setText(details, words.details.join(" "));
      const names = snapshot.run.buckets.map((bucket) => bucket.name);
      const scale = gainPerCycle(snapshot.history, gain.cycle);
      const helped = helpedClasses(names, gain, scale);
      setText(total, helpedSentence(helped, classesTold));
      list.replaceChildren(...helped.slice(0, classesTold).map(helpedElement));
      best.hidden = helped.length === 0;
    });
  };

  return {
    element,
    actions: [commandButton("What it changed: recall panel", "showRecallPanel")],
    changed: (change) => {
      if (change === "gain") picker.answered();
    },
    render: (snapshot) => {
      picker.update(snapshot);
      renderPairs(snapshot);
      multipliers.show(multipliersPicture(snapshot));
      audit.show(auditPicture(snapshot));
    },
    themeChanged: () => {
      for (const figure of [pairs, multipliers, audit]) figure.redraw();
    },
  };
}

openPanel("Gain", makeGainPanel);
