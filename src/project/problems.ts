/** What is wrong with a selmix.json, and where: for one sentence on a terminal and for squiggles in the editor. */
import {
  createScanner,
  type Edit,
  findNodeAtLocation,
  type JSONPath,
  type Node,
  type ParseError,
  printParseErrorCode,
} from "jsonc-parser";

/** More is told of no file: each takes a look at all of it, and nobody reads on. */
export const mostProblems = 100;

/** One thing that is wrong. `line` and `column` count from 1, `offset` and `length` in UTF-16 units of the text. */
export interface Problem {
  readonly message: string;
  /** Whether the text is no JSON there, or says one thing twice: any editor of JSON tells that as well. */
  readonly isSyntax?: boolean;
  /** What may have been meant, the likeliest first. */
  readonly fixes?: readonly Fix[];
  readonly offset: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
}

/** A change of the text that mends a problem. */
export interface Fix {
  readonly title: string;
  /** Made when the fix is looked at: each takes a look at all of the text. */
  edits(): readonly Edit[];
}

/** The fix that puts a JSON value in the place of what a problem is about. */
export function replacing({ offset, length }: Problem, value: string): Fix {
  return {
    title: `Change to ${JSON.stringify(value)}`,
    edits: () => [{ offset, length, content: JSON.stringify(value) }],
  };
}

/** A selmix.json that cannot be used. The message is the first problem in one sentence; `problems` holds all. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
  readonly path: string;
  readonly problems: readonly Problem[];

  constructor(path: string, problems: readonly Problem[] | string) {
    const list = typeof problems === "string" ? [] : problems;
    super(typeof problems === "string" ? problems : sentence(path, list));
    this.path = path;
    this.problems = list;
  }
}

function sentence(path: string, problems: readonly Problem[]): string {
  const first = problems[0];
  if (!first) return `${path}: the configuration is not valid.`;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return `${path}:${first.line}:${first.column}: ${first.message}${more}`;
}

function problemAt(text: string, message: string, offset: number, length: number): Problem {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { message, offset, length, line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

/** A problem at a place in the document; where the place does not exist, at its nearest existing parent. */
export function problemAtPath(
  text: string,
  root: Node | undefined,
  path: JSONPath,
  message: string,
): Problem {
  for (let length = path.length; root && length >= 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node) return problemAt(text, message, node.offset, length === path.length ? node.length : 1);
  }
  return problemAt(text, message, 0, 0);
}

/** A problem at a key of the object at `path`: its last occurrence. */
export function problemAtKey(
  text: string,
  root: Node,
  path: JSONPath,
  key: string,
  message: string,
): Problem {
  const object = findNodeAtLocation(root, path);
  const name = object?.children
    ?.map((property) => property.children?.[0])
    .findLast((node) => node?.value === key);
  return name ? problemAt(text, message, name.offset, name.length) : problemAtPath(text, root, path, message);
}

const syntaxWords: Record<string, string> = {
  InvalidSymbol: "this word is not JSON",
  InvalidNumberFormat: "this is not a number",
  PropertyNameExpected: "a property name in double quotes is expected here",
  ValueExpected: "a value is expected here",
  ColonExpected: "a colon is expected here",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: "a closing } is missing",
  CloseBracketExpected: "a closing ] is missing",
  EndOfFileExpected: "nothing more is expected here",
  UnexpectedEndOfComment: "this comment is not closed",
  UnexpectedEndOfString: "this text is not closed with a double quote",
};

export function syntaxProblem(text: string, error: ParseError): Problem {
  const code = printParseErrorCode(error.error);
  const problem = problemAt(text, `${syntaxWords[code] ?? code}.`, error.offset, error.length);
  return { ...problem, isSyntax: true };
}

/** Nothing that selmix.json can say is nested deeper; the parser would call itself as often. */
const deepest = 30;

/** The place where the text is nested too deep to be parsed; null where it is not. */
export function depthProblem(text: string): Problem | null {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (scanner.scan(); scanner.getTokenOffset() < text.length; scanner.scan()) {
    const offset = scanner.getTokenOffset();
    const first = text[offset];
    if (first === "{" || first === "[") depth += 1;
    if (first === "}" || first === "]") depth -= 1;
    if (depth > deepest) {
      return problemAt(
        text,
        `This is nested deeper than ${deepest}, where nothing has a meaning.`,
        offset,
        1,
      );
    }
  }
  return null;
}

/** Keys that occur twice in one object: JSON would silently take the last. */
export function duplicateKeys(text: string, root: Node): Problem[] {
  const problems: Problem[] = [];
  const visit = (node: Node) => {
    if (node.type === "object") {
      const seen = new Set<string>();
      for (const property of node.children ?? []) {
        const key = property.children?.[0];
        if (typeof key?.value !== "string") continue;
        if (seen.has(key.value) && problems.length < mostProblems) {
          const message = `The key "${key.value}" occurs twice; remove one.`;
          problems.push({ ...problemAt(text, message, key.offset, key.length), isSyntax: true });
        }
        seen.add(key.value);
      }
    }
    for (const child of node.children ?? []) visit(child);
  };
  visit(root);
  return problems;
}

/** What is longer was not mistyped, and of more candidates the first are looked at: each comparison takes time. */
const longestWord = 100;
const mostCandidates = 1000;

/** The candidate nearest to `word` in edits, or null when none is near enough to be what was meant. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length > longestWord) return null;
  let best: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates.slice(0, mostCandidates)) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
