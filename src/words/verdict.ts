/** The one line that says what a run comes to: made once, and first wherever a run is spoken of. */
import { metricName, shortName } from "../metrics/catalogue.ts";
import { isCost } from "../metrics/composed.ts";
import type {
  AnswerMethod,
  Balance,
  ConstraintVerdict,
  DecisionName,
  TuneResult,
  VerdictRecord,
} from "../protocol/records.ts";
import { compareResult, worstOf } from "./comparison.ts";
import { allHold, verdictsText } from "./constraints.ts";
import { changeRangeText, changeText, sizeText, valuesText } from "./metricValues.ts";
import { capital, named, shortened } from "./names.ts";
import { fromTo, points } from "./numbers.ts";
import { evaluationOn, improvement, shownSet, valueIn } from "./sets.ts";
import { boundsText, isProved, missed, missedOnTest, notJudged, notProved } from "./verdictBounds.ts";

/** A verdict before it has its line. */
export type Unsaid = Omit<VerdictRecord, "sentence">;

const baselineNames: Readonly<Record<string, string>> = {
  logitAdjustment: "logit adjustment",
  tunedBias: "tuned bias",
};

/** Heads that training ends with, where they are more than what SelMix's steps came to. */
const methodNames: Readonly<Partial<Record<AnswerMethod, string>>> = {
  selmixOffsets: "SelMix with offsets tuned at its end",
  balancedRefit: "a balanced refit of the head with tuned offsets",
  boundedRefit: "a refit of the head under the bounds with tuned offsets",
};

/** Who trained a head, within a sentence. */
export function methodName(method: AnswerMethod | undefined): string {
  return (method && methodNames[method]) ?? "SelMix";
}

/** What a baseline is called within a sentence. */
export function baselineName(id: string): string {
  return baselineNames[id] ?? id;
}

/** What is to be done, at the head of the line. */
export function decisionText({
  decision,
  baseline,
  method,
}: Pick<VerdictRecord, "decision" | "baseline" | "method">): string {
  const who = method && methodNames[method];
  const texts: Record<DecisionName, string> = {
    use: who ? `Use it (${who})` : "Use it",
    useBaseline: `Use ${baselineName(baseline ?? "")} instead`,
    doNotUse: "Do not use it",
    cannotTell: "Cannot tell with these samples",
  };
  return texts[decision];
}

/** The same where there is no room: "Cannot tell". */
export function shortDecision({ decision, baseline }: Pick<VerdictRecord, "decision" | "baseline">): string {
  const texts: Record<DecisionName, string> = {
    use: "Use it",
    useBaseline: `Use ${baselineName(baseline ?? "")}`,
    doNotUse: "Do not use it",
    cannotTell: "Cannot tell",
  };
  return texts[decision];
}

/** The line in two: what to do, and why. */
export function decisionAndWhy(result: TuneResult): { readonly decision: string; readonly why: string } {
  const { verdict } = result;
  if (verdict === undefined) return { decision: shortHeadline(result), why: "" };
  const decision = decisionText(verdict);
  const isSaid = verdict.sentence.startsWith(`${decision}: `);
  return { decision, why: isSaid ? capital(verdict.sentence.slice(decision.length + 2)) : verdict.sentence };
}

/** The whole line. @param constraints how the head that it is about stands to each bound */
export function conclusion(verdict: Unsaid, constraints: readonly ConstraintVerdict[]): string {
  const parts = [reasonText(verdict, constraints), ...consequences(verdict, constraints)];
  return `${decisionText(verdict)}: ${parts.filter((part) => part !== "").join("; ")}.`;
}

/** What is known of the head: who loses, accuracy, bounds; of the closest one where there is nothing better. */
function consequences(verdict: Unsaid, constraints: readonly ConstraintVerdict[]): string[] {
  const { reason, set, closest } = verdict;
  if (reason === "nothingFeasible") {
    if (closest === null) return [];
    const who =
      closest.baseline === null
        ? "the head that comes closest"
        : `${baselineName(closest.baseline)}, which comes closest,`;
    const standing = missed(closest.constraints);
    return [
      `${who} is kept with the run: ${[standing, ...costs(closest, set)].filter((part) => part !== "").join(", ")}`,
    ];
  }
  if (reason === "onlyCheckpoint" || reason === "nothingBetter") return [];
  return [...costs(verdict, set), boundsText(verdict, constraints), ...comparedText(verdict)];
}

/** "Use it" says too that no simpler fix is as good, where it can. */
function comparedText({ decision, alone }: Unsaid): string[] {
  return decision === "use" && alone
    ? ["logit adjustment and tuned bias were not measured beside it, and may do as well"]
    : [];
}

function costs({ price, accuracy }: Balance, set: VerdictRecord["set"]): string[] {
  const loser = price && `${cellName(price)} loses most, ${fromTo(price.before, price.after, 1)}`;
  return [...(loser ? [loser] : []), `accuracy ${fromTo(accuracy.before, accuracy.after, 1)} on ${set}`];
}

function cellName(price: NonNullable<VerdictRecord["price"]>): string {
  return price.group === null ? named(price.class) : `${named(price.class)} in ${named(price.group)}`;
}

/** "worst-class recall rose by 12.3 points (8.1 to 16.4) on test, 30.2 % → 42.5 %". */
function gainText({ gain, set }: Unsaid): string {
  const { metric, before, after, change, low, high } = gain;
  const way = change > 0 ? "rose by" : change < 0 ? "fell by" : "did not change";
  const size = change === 0 ? "" : ` ${sizeText(metric, change)}`;
  const from = set === "test" ? "on test" : "on validation, which also chose it";
  return `${metricName(metric)} ${way}${size} (${changeRangeText(metric, { low, high })}) ${from}, ${valuesText(metric, before, after, 1)}`;
}

function reasonText(verdict: Unsaid, constraints: readonly ConstraintVerdict[]): string {
  const { decision, reason, baseline, method, trained } = verdict;
  const simpler =
    decision === "useBaseline" ? `${trained ? "training did no better" : "training did not help"}; ` : "";
  const name = baseline === null ? method && methodNames[method] : baselineName(baseline);
  const examined = decision === "cannotTell" || decision === "doNotUse";
  const whose = name && examined ? `for ${name}, the best on validation, ` : "";
  switch (reason) {
    case "better":
      return `${simpler}${gainText(verdict)}`;
    case "boundsMet":
      return `${simpler}${isProved(constraints) ? "it is proved to keep" : "it keeps"} every bound, which cannot be said of the checkpoint; ${gainText(verdict)}`;
    case "nothingFeasible":
      return `no head keeps every bound on validation, so stay with the checkpoint, which ${missed(constraints)}`;
    case "onlyCheckpoint":
      return "only of the checkpoint as it is can be said that it keeps every bound that can be judged, so stay with it";
    case "harmful":
      return `${whose}${gainText(verdict)}`;
    case "missedOnTest":
      return `${whose}${missedOnTest(constraints)}; ${gainText(verdict)}`;
    case "notJudged":
      return `${whose}${notJudged(constraints)}; ${gainText(verdict)}`;
    case "notProved":
      return `${whose}${notProved(constraints)}; ${gainText(verdict)}`;
    case "notBetter":
      return `${whose}${gainText(verdict)}, which chance may explain${wouldTell(verdict)}`;
    case "nothingBetter":
      return "nothing was better than the checkpoint on validation beyond doubt";
  }
}

/** Beyond so many times the samples nobody collects them for it. */
const mostTimes = 20;

/** How many times the samples would tell, if the change stayed as it is: intervals narrow with the root of their number. */
function wouldTell({ gain }: Unsaid): string {
  const { value: change, low } = improvement(gain.metric, { ...gain, value: gain.change });
  if (!(change > 0 && low < 0)) return "";
  const times = ((change - low) / change) ** 2;
  if (times > mostTimes) return "";
  return ` (if it stays, about ${times < 3 ? times.toFixed(1) : Math.ceil(times)} times as many samples would tell)`;
}

/** What became of the metric a run was tuned for, for narrow places: "worst class 28 % → 74 %", "Do not use it, ...". */
export function shortHeadline({ objective, before, after, verdict }: TuneResult): string {
  if (verdict !== undefined) {
    const { gain } = verdict;
    return `${shortDecision(verdict)}, ${shortName(gain.metric)} ${valuesText(gain.metric, gain.before, gain.after)}`;
  }
  const set = shownSet(before, after);
  const [was, is] = [before, after].map((each) => valueIn(evaluationOn(each, set), objective));
  return `${shortName(objective)} ${valuesText(objective, was ?? Number.NaN, is ?? Number.NaN)}`;
}

const withoutGain: Readonly<Partial<Record<VerdictRecord["reason"], string>>> = {
  nothingFeasible: "no head keeps every bound",
  onlyCheckpoint: "only the checkpoint keeps every bound",
  nothingBetter: "nothing was better beyond doubt",
};

/** Letters of a class in the status bar, which cuts what is long, and at its end stands what matters. */
const mostBrief = 24;

/**
 * What the line says in a few words: for whom, how sure, and who pays: "Use it: worst class (shirt) +40 points (+35 to +44), t-shirt
 * -18". Measures what the line measures.
 */
export function briefVerdict(result: TuneResult): string {
  const { verdict } = result;
  if (verdict === undefined) return shortHeadline(result);
  const { gain, price, reason } = verdict;
  const why = withoutGain[reason];
  if (why !== undefined) return `${shortDecision(verdict)}: ${why}`;
  const worst = worstBefore(result, verdict);
  const brief = (name: string) => named(shortened(name, mostBrief));
  const who = worst === null ? "" : ` (${brief(worst)})`;
  const one = Math.round(100 * Math.abs(gain.change)) === 1;
  const unit = isCost(gain.metric) ? "" : one ? " point" : " points";
  const size = `${changeText(gain.metric, gain.change, 0)}${unit} (${changeRangeText(gain.metric, gain, 0)})`;
  const loser = price === null ? "" : `, ${brief(cellName(price))} ${points(price.change, 0)}`;
  return `${shortDecision(verdict)}: ${shortName(gain.metric)}${who} ${size}${loser}`;
}

/** The class, or class in a group, that an objective of the worst was about before; null for other objectives. */
function worstBefore(result: TuneResult, { gain, set }: VerdictRecord): string | null {
  const { buckets, cells } = compareResult(result, set);
  const least = result.minimumSupport ?? 0;
  if (gain.metric === "minRecall") return worstOf(buckets, "before")?.name ?? null;
  if (gain.metric !== "minGroupRecall") return null;
  const judged = cells.filter(({ samples }) => (samples ?? 0) >= least);
  return worstOf(judged, "before")?.name ?? null;
}

/** How a result is shown: what may have a green tick, what speaks against itself, and what is open. */
export type Tone = "good" | "open" | "bad";

/**
 * "good" for a head that is to be used and of which no bound is missed or not judged, on any set. Runs of 0.1.0, which have no
 * verdict, are open at best.
 */
export function toneOf({ verdict, constraints }: TuneResult): Tone {
  if (verdict?.decision === "doNotUse" || constraints.some(({ status }) => status === "missed")) return "bad";
  const proven = verdict?.decision === "use" || verdict?.decision === "useBaseline";
  return proven && allHold(constraints) ? "good" : "open";
}

/** Whether the run came to a head that is to be used, with every bound satisfied on every set: exit status 0. */
export function isSettled({ verdict, constraints }: TuneResult): boolean {
  return (verdict?.decision === "use" || verdict?.decision === "useBaseline") && allHold(constraints);
}

/** The line of a result; what is known of a run of 0.1.0, which made none: "Worst class 48 % → 64 % on test; constraint holds." */
export function verdictLine(result: TuneResult): string {
  if (result.verdict) return result.verdict.sentence;
  const change = `${shortHeadline(result)} on ${shownSet(result.before, result.after)}`;
  const told = [change, verdictsText(result.constraints)].filter((part) => part !== "");
  return `${capital(told.join("; "))}.`;
}

/** Where a result was written, in a sentence. */
export function outputText({ output }: Pick<TuneResult, "output">): string {
  return output === null ? "Nothing was written." : `Written: ${output}.`;
}
