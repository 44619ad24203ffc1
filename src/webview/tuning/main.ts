/** The Tuning panel of the sidebar: what is tuned, for what, under which bounds, and how it goes. */
import "../shared/strictPolicy.ts";
import "./tuning.css";
import type { TuningState } from "../../protocol/tuning.ts";
import { h } from "../shared/dom.ts";
import { BaselineCard } from "./baselineCard.ts";
import { Choices } from "./choices.ts";
import { follow } from "./host.ts";
import { LastRun } from "./lastRun.ts";
import { Notices } from "./notices.ts";
import { Work } from "./work.ts";

const notices = new Notices();
const choices = new Choices();
const work = new Work();
const last = new LastRun();
const baseline = new BaselineCard();
const form = h("div", { class: "form" }, last.element, baseline.element, choices.element, work.element);
const title = h("h1", { class: "unseen" }, "SelMix Tuning");
document.getElementById("app")?.append(h("main", {}, title, notices.element, form));

follow((state: TuningState) => {
  const usable = state.configuration !== null && state.configuration.error === null;
  notices.show(state);
  form.hidden = !usable;
  last.show(state);
  baseline.show(state.baseline);
  choices.show(state);
  work.show(state);
});
