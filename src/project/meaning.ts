/** Checks of a configuration that its shape alone cannot express: names, bounds that contradict, impossible constraints. */
import type { JSONPath } from "jsonc-parser";
import { type BoundKind, type Limit, metricOf, readLimit } from "../metrics/catalogue.ts";
import type { Configuration, ConstraintSetting } from "./configuration.ts";
import { objectiveFindings } from "./objectiveFindings.ts";
import { mostProblems, nearest } from "./problems.ts";
import { proofFindings } from "./proofFindings.ts";
import { isRelativeSetting } from "./sameBound.ts";
import { cosineFindings, type Finding, scoreFindings, wholeFindings } from "./ways.ts";

const placeholders = {
  output: ["checkpointName", "checkpointExt", "objective"],
  command: ["checkpoint", "featuresDir"],
  model: ["checkpoint"],
};

/** Everything that can be said from the configuration alone. `classCount` is known to a job before the names are written down. */
export function meaningFindings(configuration: Configuration, classCount?: number): Finding[] {
  const names = configuration.classes ?? [];
  const count = classCount ?? configuration.classes?.length;
  return [
    ...repeated(names, "classes"),
    ...wrongCount(names, classCount),
    ...groupFindings(configuration.groups),
    ...classFindings(configuration.headClasses ?? [], names, count, ["headClasses"]),
    ...constraintFindings(configuration.constraints, names, count),
    ...impossibleCoverage(configuration, count),
    ...objectiveFindings(configuration, count),
    ...priorFindings(configuration, count),
    ...unknownPlaceholders(configuration.output, placeholders.output, ["output"]),
    ...(configuration.features.command ?? []).flatMap((part, index) =>
      unknownPlaceholders(part, placeholders.command, ["features", "command", index]),
    ),
    ...networkFindings(configuration.features),
    ...wholeFindings(configuration),
    ...scoreFindings(configuration),
    ...cosineFindings(configuration),
    ...proofFindings(configuration),
  ];
}

function groupFindings(groups: Configuration["groups"]): Finding[] {
  if (groups === undefined) return [];
  if (Array.isArray(groups)) return repeated(groups, "groups");
  return Object.entries(groups).flatMap(([attribute, names]) =>
    repeated(names, attribute).map((finding) => ({ ...finding, path: ["groups", ...finding.path] })),
  );
}

/** How far shares may be from adding up to 1: those of a list are often rounded. */
const sharesTolerance = 0.01;

/** Shares need a class each and add up to 1; those of test need a test set. */
function priorFindings({ prior, features }: Configuration, count: number | undefined): Finding[] {
  const finding = (message: string) => [{ path: ["prior"], message }];
  if (prior === "test" && features.test === undefined)
    return finding(
      '"prior" means the class shares of test, and there is no features.test; name it, or list the shares.',
    );
  if (!Array.isArray(prior)) return [];
  if (count !== undefined && prior.length !== count)
    return finding(`"prior" has ${prior.length} shares for ${count} classes; give one for each.`);
  const sum = prior.reduce((total, share) => total + share, 0);
  return Math.abs(sum - 1) > sharesTolerance
    ? finding(`The shares in "prior" add up to ${Number(sum.toPrecision(4))}; let them add up to 1.`)
    : [];
}

function networkFindings({ network, command }: Configuration["features"]): Finding[] {
  if (!network) return [];
  const twice = command
    ? [
        {
          path: ["features", "network"],
          message: 'Features are made by "command" or by "network"; remove one of them.',
        },
      ]
    : [];
  return [
    ...twice,
    ...unknownPlaceholders(network.model, placeholders.model, ["features", "network", "model"]),
  ];
}

/** Index of a class given by name or index; null when there is no such class. */
export function classIndex(
  reference: string | number,
  names: readonly string[],
  count: number | undefined,
): number | null {
  if (typeof reference === "number") return count !== undefined && reference >= count ? null : reference;
  return indexOfName(names).get(reference) ?? null;
}

const indices = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** The first index of each name, counted once for a list. */
function indexOfName(names: readonly string[]): ReadonlyMap<string, number> {
  const known = indices.get(names);
  if (known) return known;
  // The last entry of a name wins, so the first is entered last.
  const made = new Map(names.map((name, index): [string, number] => [name, index]).reverse());
  indices.set(names, made);
  return made;
}

function repeated(names: readonly string[], key: string): Finding[] {
  const first = indexOfName(names);
  return names.flatMap((name, index) =>
    (first.get(name) ?? index) < index
      ? [{ path: [key, index], message: `The name "${name}" occurs twice in "${key}"; names must differ.` }]
      : [],
  );
}

function wrongCount(names: readonly string[], classCount: number | undefined): Finding[] {
  if (classCount === undefined || names.length === 0 || names.length === classCount) return [];
  const message = `"classes" names ${names.length} classes, but the head has ${classCount}; name each of them.`;
  return [{ path: ["classes"], message }];
}

/** Of each list. */
const mostUnknown = 10;

function classFindings(
  references: readonly (string | number)[],
  names: readonly string[],
  count: number | undefined,
  path: JSONPath,
): Finding[] {
  // Without names here, labels or the checkpoint may have them, which a job reads.
  const areKnown = names.length > 0 || count !== undefined;
  const unknown = references.flatMap((reference, index) =>
    areKnown && classIndex(reference, names, count) === null ? [{ reference, index }] : [],
  );
  return unknown.slice(0, mostUnknown).map(({ reference, index }, position) => {
    const close = typeof reference === "string" && position === 0 ? nearest(reference, names) : null;
    const advice = close
      ? `did you mean "${close}"?`
      : names.length > 0
        ? `the classes are ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", ..." : ""}.`
        : `there are ${count} classes, counted from 0.`;
    const place = [...path, index];
    const message = `There is no class ${JSON.stringify(reference)}; ${advice}`;
    const change = close ? [{ title: `Change to ${JSON.stringify(close)}`, path: place, value: close }] : [];
    const add = typeof reference === "string" && names.length > 0 ? [addingClass(reference)] : [];
    return { path: place, message, ...(change.length + add.length > 0 && { fixes: [...change, ...add] }) };
  });
}

/** The fix that names one more class. */
export function addingClass(name: string) {
  return { title: `Add ${JSON.stringify(name)} to "classes"`, path: ["classes", -1], value: name };
}

function constraintFindings(
  constraints: Configuration["constraints"],
  names: readonly string[],
  count: number | undefined,
): Finding[] {
  const findings: Finding[] = [];
  for (const [index, constraint] of constraints.entries()) {
    if (findings.length >= mostProblems) break;
    findings.push(
      ...classFindings(constraint.classes ?? [], names, count, ["constraints", index, "classes"]),
      ...boundFindings(constraint, ["constraints", index]),
    );
  }
  return findings;
}

function boundFindings(constraint: ConstraintSetting, path: JSONPath): Finding[] {
  const { metric, atLeast, atMost, classes, attribute } = constraint;
  if (atLeast === undefined && atMost === undefined) {
    return [{ path, message: `The constraint on ${metric} has no bound; add "atLeast" or "atMost".` }];
  }
  const { bounds, over, unit } = metricOf(metric);
  if (isRelativeSetting(constraint) && unit !== "share") {
    const message = `The ${unit} that ${metric} is cannot be bounded relative to the checkpoint; bound it by a number.`;
    return [{ path, message }];
  }
  if (atLeast !== undefined && atMost !== undefined && areCrossed(atLeast, atMost)) {
    const [least, most] = [atLeast, atMost].map((limit) => JSON.stringify(limit));
    const message = `The constraint on ${metric} is impossible: at least ${least} and at most ${most}; swap or change the bounds.`;
    return [{ path, message }];
  }
  const kinds: readonly BoundKind[] = ["atLeast", "atMost"];
  const senseless = kinds.find((kind) => constraint[kind] !== undefined && !bounds.includes(kind));
  if (senseless) {
    const message = `A bound "${senseless}" on ${metric} means nothing; use "${bounds.join(" or ")}".`;
    return [{ path: [...path, senseless], message }];
  }
  if (classes && !hasClasses(metric)) {
    const message = `${metric} is about ${over === "overall" ? "the whole set" : "all samples of a group"}, not about single classes; remove "classes".`;
    return [{ path: [...path, "classes"], message }];
  }
  if (attribute !== undefined && metricOf(metric).needs !== "groups") {
    const message = `${metric} is not about groups; remove "attribute", or bound a metric of groups, such as groupRecall.`;
    return [{ path: [...path, "attribute"], message }];
  }
  return [];
}

/** Whether no value keeps both, as far as that is known without the checkpoint. */
function areCrossed(atLeast: Limit, atMost: Limit): boolean {
  const [low, high] = [readLimit(atLeast), readLimit(atMost)];
  return low.relative === high.relative && low.bound > high.bound;
}

/** Whether a metric has values for single classes, some of which can be meant. */
export function hasClasses(metric: ConstraintSetting["metric"]): boolean {
  const { over } = metricOf(metric);
  return (
    over === "class" || over === "classGroup" || (over === "betweenGroups" && metric !== "accuracyDifference")
  );
}

/** Coverages sum to 1: lower bounds may not exceed that together, upper bounds may not fall short of it. */
function impossibleCoverage(configuration: Configuration, count: number | undefined): Finding[] {
  if (count === undefined) return [];
  const low = new Array<number>(count).fill(0);
  const high = new Array<number>(count).fill(1);
  const everyClass = Array.from(low, (_, index) => index);
  const tolerance = 1e-9;
  for (const [index, { metric, classes, ...limits }] of configuration.constraints.entries()) {
    if (metric !== "coverage") continue;
    const [atLeast, atMost] = [numberOf(limits.atLeast, 0), numberOf(limits.atMost, 1)];
    const named = classes?.map((reference) => classIndex(reference, configuration.classes ?? [], count));
    for (const k of named ?? everyClass) {
      if (k === null) continue;
      low[k] = Math.max(low[k] ?? 0, atLeast);
      high[k] = Math.min(high[k] ?? 1, atMost);
    }
    const path = ["constraints", index];
    const least = low.reduce((sum, value) => sum + value, 0);
    const most = high.reduce((sum, value) => sum + value, 0);
    const scope = named ? `${named.length} of ${count}` : `each of ${count}`;
    if (least > 1 + tolerance) {
      return [
        {
          path,
          message: `Coverage of at least ${atLeast} for ${scope} classes is impossible: coverages sum to 1, and the lower bounds to ${round(least)}; lower them (${round(1 / count)} is the most that all classes can have).`,
        },
      ];
    }
    if (most < 1 - tolerance) {
      return [
        {
          path,
          message: `Coverage of at most ${atMost} for ${scope} classes is impossible: coverages sum to 1, and the upper bounds only to ${round(most)}; raise them.`,
        },
      ];
    }
    const crossed = low.findIndex((value, k) => value > (high[k] ?? 1) + tolerance);
    if (crossed >= 0) {
      const name = configuration.classes?.[crossed] ?? `${crossed}`;
      return [{ path, message: `The coverage bounds of class ${name} contradict each other; change one.` }];
    }
  }
  return [];
}

/** A limit that is a number; what is relative to the checkpoint bounds nothing that is known here. */
function numberOf(limit: Limit | undefined, otherwise: number): number {
  return typeof limit === "number" ? limit : otherwise;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function unknownPlaceholders(text: string, known: readonly string[], path: JSONPath): Finding[] {
  return [...text.matchAll(/\$\{([^}]*)\}/g)].flatMap(([, name = ""]) =>
    known.includes(name)
      ? []
      : [
          {
            path,
            message: `There is no placeholder \${${name}}; use ${known.map((word) => `\${${word}}`).join(" or ")}.`,
          },
        ],
  );
}
