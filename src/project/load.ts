/** Reads and checks selmix.json. */
import path from "node:path";
import { getNodeValue, type JSONPath, type Node, type ParseError, parseTree } from "jsonc-parser";
import type * as z from "zod";
import { FileError } from "../files/ranges.ts";
import { readSmallText, sizeLimits } from "../files/regular.ts";
import { type Configuration, configurationSchema } from "./configuration.ts";
import { configurationJsonSchema } from "./configurationJsonSchema.ts";
import { editsOf } from "./edit.ts";
import { meaningFindings } from "./meaning.ts";
import { leavesWorkspace } from "./paths.ts";
import {
  ConfigurationError,
  depthProblem,
  duplicateKeys,
  mostProblems,
  nearest,
  type Problem,
  problemAtKey,
  problemAtPath,
  replacing,
  syntaxProblem,
} from "./problems.ts";
import { tableFiles } from "./tableFiles.ts";
import type { Finding } from "./ways.ts";

export interface LoadOptions {
  /** Folder that paths may not leave. Default: the folder of the configuration. */
  readonly workspace?: string;
  /** Whether paths may leave the workspace all the same. */
  readonly allowOutside?: boolean;
}

/** A configuration and the folders its paths are understood in; all paths absolute. */
export interface Project {
  readonly path: string;
  readonly folder: string;
  readonly workspace: string;
  readonly allowOutside: boolean;
  readonly configuration: Configuration;
}

/** Reads selmix.json. Throws `ConfigurationError`: what is wrong, at which line and column, and what to do. */
export function loadProject(file: string, options: LoadOptions = {}): Project {
  const absolute = path.resolve(file);
  let text: string;
  try {
    text = readSmallText(absolute, sizeLimits.settings);
  } catch (error) {
    if (error instanceof FileError) throw new ConfigurationError(absolute, error.message);
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new ConfigurationError(
      absolute,
      missing
        ? `There is no configuration ${file}; create it, or name another with --config.`
        : `The configuration ${file} cannot be read (${error instanceof Error ? error.message : error}).`,
    );
  }
  const { configuration, problems } = checkConfiguration(text, absolute, options);
  if (!configuration) throw new ConfigurationError(file, problems);
  const folder = path.dirname(absolute);
  return {
    path: absolute,
    folder,
    workspace: path.resolve(options.workspace ?? folder),
    allowOutside: options.allowOutside ?? false,
    configuration,
  };
}

/** Checks what can only be checked once the number of classes is known. Throws `ConfigurationError`. */
export function requireMeaning(project: Project, classCount: number): void {
  const findings = meaningFindings(project.configuration, classCount);
  if (findings.length === 0) return;
  const text = readSmallText(project.path, sizeLimits.settings);
  throw new ConfigurationError(project.path, problemsOf(text, findings));
}

/** Checks the text of a selmix.json at `file`. The configuration is null when there is any problem. */
export function checkConfiguration(
  text: string,
  file: string,
  options: LoadOptions = {},
): { configuration: Configuration | null; problems: Problem[] } {
  const tooDeep = depthProblem(text);
  if (tooDeep) return { configuration: null, problems: [tooDeep] };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !root) {
    const problems = errors.slice(0, mostProblems).map((error) => syntaxProblem(text, error));
    return {
      configuration: null,
      problems: problems.length > 0 ? problems : [problemAtPath(text, root, [], "The file is empty.")],
    };
  }
  const problems = duplicateKeys(text, root);
  const value: unknown = getNodeValue(root);
  const parsed = configurationSchema.safeParse(value);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, mostProblems);
    problems.push(...issues.flatMap((issue) => shapeProblems(text, root, value, issue)));
    return { configuration: null, problems: problems.slice(0, mostProblems) };
  }
  const findings = [...meaningFindings(parsed.data), ...outsideFindings(parsed.data, file, options)].slice(
    0,
    mostProblems,
  );
  problems.push(...findings.map((finding) => problemOf(text, root, finding)));
  return { configuration: problems.length === 0 ? parsed.data : null, problems };
}

/** What was found elsewhere about a text, in its places there. */
export function problemsOf(text: string, findings: readonly Finding[]): Problem[] {
  const root = parseTree(text, [], { allowTrailingComma: true });
  return findings.map((finding) => problemOf(text, root, finding));
}

/** What was found, in its place in the text, with the changes that mend it. */
function problemOf(text: string, root: Node | undefined, { path, message, fixes }: Finding): Problem {
  const problem = problemAtPath(text, root, path, message);
  if (!fixes) return problem;
  const changes = fixes.map(({ title, path: place, value }) => ({
    title,
    edits: () => editsOf(text, { path: place, value }),
  }));
  return { ...problem, fixes: changes };
}

function shapeProblems(text: string, root: Node, value: unknown, issue: z.core.$ZodIssue): Problem[] {
  const place = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(place);
    return issue.keys.slice(0, mostProblems).map((key) => {
      const close = nearest(key, known);
      const advice = close ? `did you mean "${close}"?` : `known here are ${known.join(", ")}.`;
      const problem = problemAtKey(text, root, place, key, `Unknown key "${key}"; ${advice}`);
      return close ? { ...problem, fixes: [replacing(problem, close)] } : problem;
    });
  }
  const found = valueAt(value, place);
  const meant = issue.code === "invalid_union" ? meantOf(issue, found) : undefined;
  if (meant) {
    return meant.flatMap((inner) =>
      shapeProblems(text, root, value, { ...inner, path: [...issue.path, ...inner.path] }),
    );
  }
  const problem = problemAtPath(text, root, place, shapeSentence(issue, place, found));
  const close = issue.code === "invalid_value" ? nearestValue(issue, found) : null;
  return [close ? { ...problem, fixes: [replacing(problem, close)] } : problem];
}

/** What is wrong with the way of saying it that was meant: the one whose outermost kind and keys are right, if only one is. */
function meantOf({ errors }: z.core.$ZodIssueInvalidUnion, found: unknown): z.core.$ZodIssue[] | undefined {
  const others = [
    "invalid_type",
    "unrecognized_keys",
    ...(typeof found === "string" ? [] : ["invalid_value"]),
  ];
  const isOther = ({ code, path: place }: z.core.$ZodIssue) =>
    place.length === 0 && others.includes(code ?? "");
  const meant = errors.filter((issues) => !issues.some(isOther));
  return meant.length === 1 ? meant[0] : undefined;
}

function nearestValue(issue: z.core.$ZodIssueInvalidValue, value: unknown): string | null {
  return typeof value === "string" ? nearest(value, issue.values.map(String)) : null;
}

function shapeSentence(issue: z.core.$ZodIssue, place: JSONPath, value: unknown): string {
  const name = place.length > 0 ? `"${dotted(place)}"` : "The configuration";
  if (issue.code === "invalid_type") {
    if (value === undefined) return `${name} is missing: add it.`;
    return `${name} must be ${kinds[issue.expected] ?? issue.expected}, not ${JSON.stringify(value)}.`;
  }
  if (issue.code === "invalid_value") {
    const known = issue.values.map(String);
    const close = nearestValue(issue, value);
    const others = unionAdvice[dotted(place)] ?? `use one of ${known.join(", ")}.`;
    const advice = close ? `did you mean "${close}"?` : others;
    return `${name} cannot be ${JSON.stringify(value)}; ${advice}`;
  }
  if (issue.code === "too_small" || issue.code === "too_big") {
    const least = issue.code === "too_small";
    const bound = least ? issue.minimum : issue.maximum;
    const what = issue.origin === "array" ? "have" : issue.origin === "string" ? "have length" : "be";
    const exclusive = least && issue.inclusive === false ? "more than" : `at ${least ? "least" : "most"}`;
    return `${name} must ${what} ${exclusive} ${bound}${issue.origin === "array" ? " entries" : ""}.`;
  }
  if (issue.code === "invalid_union") return `${name} cannot be ${JSON.stringify(value)}; ${adviceAt(place)}`;
  return `${name} is not valid: ${issue.message}.`;
}

const unionAdvice: Record<string, string> = {
  objective: 'use the name of a metric, {"weighted": {...}} or {"cost": [[...]]}.',
  prior: 'use "validation", "train", "test", or a list with a share above 0 for each class.',
  margin: 'use "auto" or 0.',
};

const limitAdvice = 'use a number between 0 and 1, or {"before": -0.02} to be relative to the checkpoint.';

function adviceAt(place: JSONPath): string {
  const last = place.at(-1);
  if (place[0] === "constraints" && (last === "atLeast" || last === "atMost")) return limitAdvice;
  return unionAdvice[dotted(place)] ?? "use a name or an index.";
}

const kinds: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

function dotted(place: JSONPath): string {
  return place.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    "",
  );
}

function valueAt(value: unknown, place: JSONPath): unknown {
  return place.reduce<unknown>(
    (inner, part) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, part) : undefined),
    value,
  );
}

/** Keys that the schema knows in the object at `place`. */
function knownKeys(place: JSONPath): string[] {
  const ways = (schema: unknown): unknown[] => {
    const anyOf = valueAt(schema, ["anyOf"]);
    return Array.isArray(anyOf) ? anyOf.flatMap(ways) : [schema];
  };
  let schemas = ways(configurationJsonSchema());
  for (const part of place) {
    const inner = typeof part === "number" ? ["items"] : ["properties", part];
    schemas = schemas.flatMap((schema) => ways(valueAt(schema, inner)));
  }
  return schemas.flatMap((schema) => {
    const properties = valueAt(schema, ["properties"]);
    return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  });
}

function outsideFindings(configuration: Configuration, file: string, options: LoadOptions) {
  if (options.allowOutside) return [];
  const folder = path.dirname(path.resolve(file));
  const workspace = path.resolve(options.workspace ?? folder);
  const { features } = configuration;
  const named: [JSONPath, string | undefined][] = [
    ...configuration.checkpoints.map((glob, index): [JSONPath, string] => [["checkpoints", index], glob]),
    ...Object.entries(tableFiles(features)).map(([role, file]): [JSONPath, string | undefined] => [
      ["features", role],
      file,
    ]),
    ...Object.entries(features.metadata ?? {}).map(([name, place]): [JSONPath, string | undefined] => {
      return [["features", "metadata", name], place];
    }),
    [["features", "network", "model"], features.network?.model],
    ...Object.entries(features.network?.data ?? {}).map(([name, place]): [JSONPath, string] => {
      return [["features", "network", "data", name], place];
    }),
    [["output"], configuration.output],
  ];
  return named.flatMap(([place, target]) =>
    target !== undefined && leavesWorkspace(workspace, path.resolve(folder, target))
      ? [
          {
            path: place,
            message: `"${target}" leads out of the workspace ${workspace}; move the files, or allow outside paths in the settings.`,
          },
        ]
      : [],
  );
}
