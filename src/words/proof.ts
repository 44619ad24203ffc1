/** Proofs in words: what is proved, what is not, and what it would take. */
import type { ProofRecord } from "../protocol/records.ts";
import { listed } from "./names.ts";
import { count, counted, exact, share } from "./numbers.ts";

/** How a p-value is told: as a number, or as below the least that is told apart. */
export function pValueText(value: number): string {
  if (value < 0.0001) return "p < 0.0001";
  return `p = ${Number(value.toPrecision(2))}`;
}

const rowsText: Readonly<Record<ProofRecord["rows"], string>> = {
  certify: "rows of certify",
  heldBack: "held-back rows",
};

/** "proved at 95 %". */
export function provedText({ confidence }: Pick<ProofRecord, "confidence">): string {
  return `proved at ${exact(confidence)}`;
}

/** "66.0 % of 500 held-back rows (p = 0.003)": what the weakest value came to. */
export function evidenceText({ value, samples, rows, pValue }: ProofRecord): string {
  const sizes = samples.map((each) => count(each.rows)).join(" and ");
  const on = sizes === "" ? rowsText[rows] : `${sizes} ${rowsText[rows]}`;
  return `${value === null ? "" : `${share(value)} `}on ${on}, ${pValueText(pValue)}`;
}

/** "about 340 more samples of yes would prove it with a probability of 80 %"; "" where none would. */
export function neededText({ needed, rows }: Pick<ProofRecord, "needed" | "rows">): string {
  if (needed === null || needed.length === 0) return "";
  const all = needed.map(({ name, rows: more }) => `${roundedUp(more)} more of ${name}`);
  const where = rows === "heldBack" ? " in validation" : "";
  return `about ${listed(all, 6)}${where} would prove it with a probability of ${exact(0.8)}`;
}

/** Rounded up to two digits. */
function roundedUp(rows: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(rows)) - 1);
  return count(Math.ceil(rows / unit) * unit);
}

/** Why no head could be proved to keep a bound, in a sentence. */
export function unprovableText({ why, samples, who }: Unprovable): string {
  const names = who.join(" and ");
  switch (why) {
    case "tooFew": {
      const sizes = samples.map(({ name, rows }) => `${counted(rows, "row")} of ${name}`);
      return `${sizes.join(" and ")} cannot prove it, whatever the head.`;
    }
    case "noSamples":
      return `There are no rows of ${names} to prove it by.`;
    case "noTest":
      return "There is no exact test of this mean: bound the recall of each class, or another metric, to have it proved.";
    case "neverPredicted":
      return `There are no ${names} to prove it by.`;
    case "prior":
      return 'Differences and ratios that change with how frequent classes are cannot be proved under "prior".';
    case "shares":
      return 'A class that "prior" gives a share has no rows to prove it by.';
    case "weights":
      return "Rows with weights of their own do not stand for others alike, as a proof needs.";
    case "tuned":
      return 'This checkpoint is a tuned copy, and nothing is proved of it by rows that it may have been tuned on: its certificate proves it ("selmix verify"), or a table of other rows, named as "certify".';
    case "split":
      return "A class has a single validation row, which cannot be divided; name a table of rows that prove it.";
  }
}

interface Unprovable {
  readonly why:
    | "tooFew"
    | "noSamples"
    | "neverPredicted"
    | "noTest"
    | "prior"
    | "shares"
    | "weights"
    | "tuned"
    | "split";
  readonly samples: ProofRecord["samples"];
  readonly who: readonly string[];
}

/** What a certificate claims, in a sentence for whoever opens it. */
export function claimText({ confidence, bounds, copy }: Claimed): string {
  const all = bounds.length === 1 ? "the bound" : `all ${bounds.length} bounds`;
  return (
    `The head in ${copy.file} keeps ${all} below in the population that the rows of the table were drawn from; ` +
    `such a claim is false at most once in ${count(1 / (1 - confidence))} times. "selmix verify" does the tests again.`
  );
}

interface Claimed {
  readonly confidence: number;
  readonly bounds: readonly unknown[];
  readonly copy: { readonly file: string };
}

/** What came of doing a certificate's tests again. */
export function verifiedText({ file, valid, differences, bounds, confidence }: Verified): string {
  if (!valid) return `${file} does not hold: ${differences.join(" ")}`;
  const what = bounds === 1 ? "the bound is" : `all ${bounds} bounds are`;
  return `${file} holds: done again from the head and the table, ${what} ${provedText({ confidence })}.`;
}

interface Verified {
  readonly file: string;
  readonly valid: boolean;
  readonly differences: readonly string[];
  readonly bounds: number;
  readonly confidence: number;
}

/** Where the rows to label are listed, and what which of them are good for. */
export function toLabelText({ file, wanted, available }: ToLabel): string {
  const few = wanted > available ? `; all ${count(available)} that there are would be too few` : "";
  return `Rows to label are in ${file}: about ${count(wanted)} drawn at random, which may prove what is not proved${few}; and those that the head is least sure of, which help to tune and prove nothing.`;
}

interface ToLabel {
  readonly file: string;
  readonly wanted: number;
  readonly available: number;
}
