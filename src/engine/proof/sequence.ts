/**
 * Proving bounds of one of several heads: those that are likely to keep them go first, in an order that is made before the rows that prove
 * are looked at, and a bound is proved of a head only while it is proved of every head before. So a bound is falsely proved of any of
 * them with at most the chance of one test (fixed-sequence testing; Learn then Test, Angelopoulos et al., 2021).
 */

import type { ConstraintVerdict } from "../../protocol/records.ts";
import { asMatrix } from "../../selmix/confusion/matrix.ts";
import { stacked } from "../../selmix/confusion/matrixBuilder.ts";
import type { FittedHead } from "../../selmix/heads/crossFit.ts";
import { saferHeads } from "../../selmix/heads/saferHeads.ts";
import type { Head } from "../../selmix/problem.ts";
import { exactPredictions } from "../../selmix/proof/predictions.ts";
import { safety } from "../../selmix/proof/proof.ts";
import type { ProofCounts } from "../../selmix/proof/sides.ts";
import type { Compute } from "../../selmix/validation/evaluator.ts";
import { type JobContext, yieldToEvents } from "../job.ts";
import { measureFitted, measureHeads } from "../measure/measure.ts";
import type { MeasuredHead } from "../measure/measured.ts";
import { asStored } from "../measure/storedHead.ts";
import { replacementsOf } from "../problem/groupColumns.ts";
import type { Prepared } from "../problem/prepare.ts";
import { settingsOf } from "../problem/settings.ts";
import { candidateOf, type MeasuredCandidate } from "../verdict/candidates.ts";
import type { Candidates } from "../verdict/decision.ts";
import { verdictsOf as verdictsOfHead } from "../verdict/verdicts.ts";
import { boundsToProve, meantBy, type Provable, partsOfBounds, proofCounts } from "./bounds.ts";
import { levelOf, type ProvedBound, proveBounds, withProofs } from "./record.ts";

/** Standard errors that heads are given to spare, in the order that they are tuned in: each goes on from the one before. */
const spare = [0.8, 1.2, 1.6, 2, 2.4, 2.8, 3.2, 3.6, 4.2, 5, 6];

/** A head of the sequence, and what the rows prove of it. */
export interface Link {
  readonly candidate: MeasuredCandidate;
  /** As it is read from the file that it is written to. */
  readonly stored: Head;
  readonly counts: ProofCounts;
  readonly bounds: readonly ProvedBound[];
  /** Whether each bound was proved of every head before, and so may be of this. */
  readonly reached: readonly boolean[];
}

export interface Proven {
  readonly candidates: Candidates<MeasuredCandidate>;
  /** In the order of the tests. */
  readonly links: readonly Link[];
}

/** What is known of a head before the rows that prove are looked at. */
interface Entry {
  readonly candidate: MeasuredCandidate;
  /** The candidate that it is a safer one of; itself for those that are not. */
  readonly of: MeasuredCandidate;
  readonly fitted: FittedHead | null;
  readonly safety: number;
}

/** Candidates with what is proved of each; a safer head takes the place of one that is not proved. */
export async function proveCandidates(
  prepared: Provable,
  before: MeasuredHead,
  candidates: Candidates<MeasuredCandidate>,
  compute: Compute,
  context: JobContext,
): Promise<Proven> {
  const { checkpoint, baselines, tuned } = candidates;
  const own = [checkpoint, ...baselines, ...(tuned ? [tuned] : [])];
  const all = own.map((candidate): Entry => entryOf(prepared, candidate, candidate, null));
  for (const from of [tuned, baselines.find(({ baseline }) => baseline === "tunedBias")]) {
    if (from == null) continue;
    await yieldToEvents(context.signal);
    all.push(...(await saferOf(prepared, before, from, compute, context.signal)));
  }
  const links = await testInOrder(prepared, inOrder(all, [checkpoint, tuned]), context);
  const told = new Map<MeasuredCandidate, MeasuredCandidate>();
  for (const link of links)
    told.set(link.candidate, { ...link.candidate, constraints: verdictsOf(prepared, link) });
  for (const candidate of own) {
    if (!told.has(candidate)) told.set(candidate, await unproved(prepared, candidate, context));
  }
  const chosen = async (candidate: MeasuredCandidate) => {
    const itself = told.get(candidate) ?? candidate;
    if (isProved(itself)) return itself;
    const safer = links
      .map(({ candidate: one }) => all.find((entry) => entry.candidate === one))
      .filter((entry) => entry?.of === candidate && entry.fitted !== null)
      .flatMap((entry) => {
        const one = entry && told.get(entry.candidate);
        return one && isProved(one) ? [{ one, fitted: entry.fitted }] : [];
      })
      .sort((a, b) => b.one.value - a.one.value)[0];
    return safer ? refit(prepared, before, safer, compute) : itself;
  };
  const kept = new Map<MeasuredCandidate, MeasuredCandidate>();
  for (const candidate of own) kept.set(candidate, await chosen(candidate));
  const of = (candidate: MeasuredCandidate) => kept.get(candidate) ?? candidate;
  return {
    candidates: { checkpoint: of(checkpoint), baselines: baselines.map(of), tuned: tuned && of(tuned) },
    links,
  };
}

const isProved = ({ constraints }: MeasuredCandidate) =>
  constraints.every(({ status }) => status === "proved");

/** The same head with what it is worth on validation rows that it was not fitted to. */
async function refit(
  prepared: Provable,
  before: MeasuredHead,
  { one, fitted }: { readonly one: MeasuredCandidate; readonly fitted: FittedHead | null },
  compute: Compute,
): Promise<MeasuredCandidate> {
  if (fitted === null) return one;
  const measured = await measureFitted(prepared, fitted, compute);
  return {
    ...candidateOf(prepared, before, { ...one, measured }),
    constraints: one.constraints,
    head: one.head,
  };
}

async function saferOf(
  prepared: Provable,
  before: MeasuredHead,
  from: MeasuredCandidate,
  compute: Compute,
  signal: AbortSignal,
): Promise<Entry[]> {
  const { proof, problem } = prepared;
  // Standard errors on validation that are as many on the rows that prove.
  const scale = Math.sqrt(problem.validation.rows.count / proof.rows.count);
  const errors = spare.map((many) => many * Math.max(1, scale));
  const fitted = await saferHeads(problem, settingsOf(prepared), from.head, errors, compute, signal);
  const measured = await measureHeads(
    prepared,
    fitted.map(({ head }) => head),
    compute,
  );
  return fitted.map((one, at) => {
    const replacements = replacementsOf(prepared, one.head);
    const { baseline, method } = from;
    const who =
      baseline === null
        ? { baseline, method: "selmixOffsets" as const }
        : { baseline, ...(method && { method }) };
    const candidate = candidateOf(prepared, before, {
      ...who,
      head: one.head,
      measured: measured[at],
      replacements,
    });
    return entryOf(prepared, candidate, from, one);
  });
}

function entryOf(
  prepared: Provable,
  candidate: MeasuredCandidate,
  of: MeasuredCandidate,
  fitted: FittedHead | null,
): Entry {
  const bounds = boundsToProve(prepared.constraints);
  const counts = onValidation(prepared, candidate);
  const parts = partsOfBounds(counts, bounds, { ...meantBy(prepared), unlike: null });
  const least = Math.min(...parts.flatMap((each, at) => each.map((part) => safety(part, bounds[at]))));
  return { candidate, of, fitted, safety: least };
}

function onValidation(
  { cells, problem: { classes } }: Provable,
  { measured }: MeasuredCandidate,
): ProofCounts {
  return { cells, classes, counts: measured.validation.counts };
}

/**
 * From the one that is likeliest to keep its bounds to the one that is least: those that do on validation and are better than all before,
 * and those that a verdict is about or compares with.
 */
function inOrder(all: readonly Entry[], asked: readonly (MeasuredCandidate | null)[]): MeasuredCandidate[] {
  const usable = all.filter(({ candidate, safety: its }) => its > 0 && !candidate.givesUp);
  let best = Number.NEGATIVE_INFINITY;
  return usable
    .toSorted((a, b) => b.safety - a.safety)
    .flatMap(({ candidate }) => {
      if (candidate.value <= best && !asked.includes(candidate)) return [];
      best = Math.max(best, candidate.value);
      return [candidate];
    });
}

/** Tests heads in their order. A bound that was not proved of one is proved of none after it. */
async function testInOrder(
  prepared: Provable,
  order: readonly MeasuredCandidate[],
  context: JobContext,
): Promise<Link[]> {
  const level = levelOf(prepared.project.configuration.confidence ?? 0);
  const links: Link[] = [];
  let reached = boundsToProve(prepared.constraints).map(() => true);
  for (const candidate of order) {
    const link = await testHead(prepared, candidate, reached, context);
    links.push(link);
    reached = reached.map((so, at) => so && link.bounds[at].proof.pValue <= level);
  }
  return links;
}

async function testHead(
  prepared: Provable,
  candidate: MeasuredCandidate,
  reached: readonly boolean[],
  { signal }: JobContext,
): Promise<Link> {
  const stored = await asStored(prepared, candidate.head);
  const predictions = await exactPredictions(prepared.proof.rows, stored, () => yieldToEvents(signal));
  const counts = proofCounts(prepared, predictions);
  const bounds = proveBounds(prepared, counts, levelOf(prepared.project.configuration.confidence ?? 0));
  return { candidate, stored, counts, bounds, reached };
}

/** A head that is not in the sequence: what its values are, and that nothing is proved of it. */
async function unproved(
  prepared: Provable,
  candidate: MeasuredCandidate,
  context: JobContext,
): Promise<MeasuredCandidate> {
  const link = await testHead(
    prepared,
    candidate,
    boundsToProve(prepared.constraints).map(() => false),
    context,
  );
  return { ...candidate, constraints: verdictsOf(prepared, link) };
}

function verdictsOf(prepared: Provable, { candidate, bounds, reached, counts }: Link) {
  return withProofs(
    prepared,
    candidate.constraints,
    bounds,
    reached,
    together(counts, onValidation(prepared, candidate)),
  );
}

/** The counts of two sets of rows. */
function together(one: ProofCounts, other: ProofCounts): ProofCounts {
  return {
    ...one,
    cells: [...one.cells, ...other.cells],
    counts: stacked([one, other].map(({ cells, counts }) => asMatrix(counts, cells.length, one.classes))),
  };
}

/** How the checkpoint stands to its bounds, of which nothing was chosen: they are tested at once where a proof is asked for. */
export async function verdictsWithProofs(
  prepared: Prepared,
  measured: MeasuredHead,
  context: JobContext,
): Promise<ConstraintVerdict[]> {
  const { proof, problem } = prepared;
  if (proof === null) return verdictsOfHead(prepared, measured);
  const own = { baseline: null, head: problem.head, measured, replacements: [] };
  const provable = { ...prepared, proof };
  const all = boundsToProve(prepared.constraints).map(() => true);
  return verdictsOf(provable, await testHead(provable, candidateOf(prepared, measured, own), all, context));
}
