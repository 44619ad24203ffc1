/**
 * Objectives that are made of others: a weighted sum of metrics, or a matrix of costs. Records name an objective by an id, which stands in
 * file names too: that of a metric, `0.7minRecall+0.3accuracy`, or `cost-` with a hash of the matrix, so that only runs that
 * were measured alike have the same.
 */

/** Metrics with what each counts for, which may be less than nothing. */
export interface Weighted<Id extends string = string> {
  readonly weighted: Readonly<Partial<Record<Id, number>>>;
}

/** What it costs to take a sample of class i for class j: cost[i][j] >= 0, in any unit, [K][K]. */
export interface Cost {
  readonly cost: readonly (readonly number[])[];
}

export interface Term<Id extends string = string> {
  readonly id: Id;
  readonly weight: number;
}

/** The terms of a weighted sum, those that count most first: the same sum has the same id. */
export function termsOf<Id extends string>({ weighted }: Weighted<Id>): Term<Id>[] {
  const ids = Object.keys(weighted) as Id[];
  const terms = ids.toSorted().flatMap((id): Term<Id>[] => {
    const weight = weighted[id];
    return weight === undefined || weight === 0 ? [] : [{ id, weight }];
  });
  return terms.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

/** The id of an objective. */
export function objectiveKey(objective: string | Weighted | Cost): string {
  if (typeof objective === "string") return objective;
  if ("cost" in objective) return `${costPrefix}${hash(JSON.stringify(objective.cost))}`;
  const terms = termsOf(objective).map(({ id, weight }) => `${weight < 0 ? "" : "+"}${weight}${id}`);
  return terms.join("").replace(/^\+/, "");
}

/** What an objective is called in the name of a file: an id may be longer than a name can be. */
export function objectiveFileName(objective: string): string {
  if (isCost(objective)) return "cost";
  return weightedTerms(objective) === null ? objective : "weighted";
}

const costPrefix = "cost-";

export function isCost(id: string): boolean {
  return id.startsWith(costPrefix);
}

/** The terms that an id spells; null where it is none of a weighted sum. */
export function weightedTerms(id: string): Term[] | null {
  const term = /([+-]?\d+(?:\.\d+)?(?:e[+-]\d+)?)([a-zA-Z]\w*)/y;
  const terms: Term[] = [];
  while (term.lastIndex < id.length) {
    const [, weight = "", metric = ""] = term.exec(id) ?? [];
    if (metric === "") return null;
    terms.push({ id: metric, weight: Number(weight) });
  }
  return terms.length === 0 ? null : terms;
}

/** FNV-1a (Fowler, Noll and Vo), 32 bits: to tell matrices apart, not to keep anybody from making two alike. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
